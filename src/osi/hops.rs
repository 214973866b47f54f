//! The same packet on both sides of a router: what changed, and what did not.
