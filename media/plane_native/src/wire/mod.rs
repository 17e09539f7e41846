//! Bytes from and to the network: pure parsers and writers, each bounded and total on any input.

pub mod bytes;
pub mod demux;
pub mod extensions;
pub mod red;
pub mod rtcp;
pub mod rtcp_write;
pub mod rtp;
pub mod stun;
pub mod stun_write;
pub mod twcc;

/// Bytes from the network that do not have the shape they claim: the sender's fault, counted and dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl std::fmt::Display for Malformed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.0)
    }
}

impl std::error::Error for Malformed {}
