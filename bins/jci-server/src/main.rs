//! Takes webhooks of forges, hands jobs to runners, tells forges how they ended.

fn main() {}
