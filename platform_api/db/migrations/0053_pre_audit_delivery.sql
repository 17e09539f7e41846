-- How far the trail has been delivered to a receiver of audit messages. The trail itself is the spool.

CREATE TABLE audit_deliveries (
    receiver text PRIMARY KEY CHECK (length(receiver) BETWEEN 1 AND 300),
    number bigint NOT NULL DEFAULT 0 CHECK (number >= 0),
    delivered_at timestamptz,
    failed_at timestamptz,
    failure text NOT NULL DEFAULT ''
);

ALTER TABLE audit_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_deliveries FORCE ROW LEVEL SECURITY;
CREATE POLICY of_house ON audit_deliveries USING ((SELECT scopecast_is_system()));
GRANT SELECT, INSERT, UPDATE ON audit_deliveries TO scopecast_app;
