"""Approvals: people decide at a node, by votes; docs/approvals.md and docs/decisions/0021 say what every act means.

In:   tokens that enter an approval node (nodes/approval), acts of people, the clock
Out:  votes and their tasks; tokens that go on by `approved` or `rejected`, back to an earlier step, or stay

Read in this order: settle (what the votes of a set of approvals mean now), acts with vote (decide, add, transfer …),
changed (what became different since), read (what a page shows). Every act writes votes under the lock of the
instance, then settles; so does whatever moves many at once.
"""
