"""How much a line carries, from what its far end reports (Google Congestion Control).

    SendLog -> reports -> groups -> trendline -> detector --+
                       -> acknowledged rate ----------------+-> rate control -> estimator
                       -> loss, probes ---------------------+

After draft-ietf-rmcat-gcc-02, with probes; pure, deterministic, time passed in. Begin at `estimator`.
"""
