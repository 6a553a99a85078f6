"""What makes the log provable to somebody who trusts neither the database nor us: signatures, anchors, proofs, hand-overs."""
