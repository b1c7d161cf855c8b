//! The planner of the parts of a query, as a synchronous state machine: it takes what an answer had
//! and returns the next step.
//!
//! Why parts: an answer holds a limited number of rows, and the service cuts a longer one without
//! an error. So the devices are counted first, and then read in parts that fit. An answer that
//! reaches the limit proves nothing, whatever it has. Its rows are not used, and the part is
//! requested again in two halves.
//!
//! Completeness is decided in favor of doubt, as in `walk.rs`: a pull is complete only if the parts
//! that were accepted have every bucket once, and none has fewer devices than its buckets counted.

use std::collections::VecDeque;

use crate::{BucketCounts, Outcome, Part, PartLimits, Reason};

/// The decisions of a pull in parts, without its input and output.
///
/// ```
/// use endstate_paging::{BucketCounts, Outcome, PartFacts, PartLimits, PartPlanner, PartStep, PartVerdict};
///
/// let counts = BucketCounts::from_pairs(4, [(0, 10), (3, 5)])?;
/// let mut planner = PartPlanner::new(counts, PartLimits::default().target_rows(12));
///
/// for devices in [10, 5] {
///     let PartStep::Query(part) = planner.step() else { unreachable!() };
///     assert_eq!(part.modulus(), 2);
///     assert_eq!(planner.part_read(PartFacts::new(devices, devices)), PartVerdict::Accepted);
/// }
/// assert_eq!(planner.step(), PartStep::Finish(Outcome::Complete));
/// # Ok::<(), endstate_paging::BucketError>(())
/// ```
#[derive(Debug)]
pub struct PartPlanner {
    counts: BucketCounts,
    limits: PartLimits,
    /// The parts to read, in order. The first one is due.
    due: VecDeque<Part>,
    /// Whether the part that is due was read with fewer devices than it must have.
    was_short: bool,
    /// Whether a part was accepted with fewer devices than it must have.
    is_truncated: bool,
    /// Why the pull ended before its last part.
    stopped: Option<Reason>,
    parts: u64,
    splits: u64,
    devices: u64,
}

/// What the answer to the query of a part had.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartFacts {
    /// Rows of the answer.
    pub rows: u64,
    /// Distinct devices in them.
    pub devices: u64,
}

impl PartFacts {
    /// The facts of an answer with this number of rows and of distinct devices in them.
    pub fn new(rows: u64, devices: u64) -> Self {
        Self { rows, devices }
    }
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartStep {
    /// Query this part. The same part may come again.
    Query(Part),
    /// The pull is over.
    Finish(Outcome),
}

/// Whether the rows of an answer count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "rows of an answer that was not accepted must not be used"]
pub enum PartVerdict {
    /// The rows count. No other part has their devices.
    Accepted,
    /// The rows do not count: their devices come again, or the pull is over.
    Discarded,
}

impl PartPlanner {
    /// Plans the parts of a query whose devices were counted.
    pub fn new(counts: BucketCounts, limits: PartLimits) -> Self {
        let modulus = counts.modulus_for(limits.target_rows);
        let due = (0..modulus).filter_map(|index| Part::new(modulus, index)).collect();
        Self {
            counts,
            limits,
            due,
            was_short: false,
            is_truncated: false,
            stopped: None,
            parts: 0,
            splits: 0,
            devices: 0,
        }
    }

    /// What to do next.
    pub fn step(&self) -> PartStep {
        match (self.stopped, self.due.front()) {
            (Some(reason), _) => PartStep::Finish(Outcome::Incomplete(reason)),
            (None, Some(part)) => PartStep::Query(*part),
            (None, None) if self.is_truncated => PartStep::Finish(Outcome::Incomplete(Reason::Truncated)),
            (None, None) => PartStep::Finish(Outcome::Complete),
        }
    }

    /// Takes the answer to the query of the part that is due.
    ///
    /// An answer that reaches the limit on rows splits the part. One with fewer devices than
    /// counted is requested once again. If the second is too small too, its rows count, and the
    /// pull is [`Truncated`](Reason::Truncated).
    pub fn part_read(&mut self, facts: PartFacts) -> PartVerdict {
        let PartStep::Query(part) = self.step() else { return PartVerdict::Discarded };
        if facts.rows >= self.limits.row_limit {
            self.split(part);
            return PartVerdict::Discarded;
        }

        let expected = self.counts.devices_in(part);
        let is_short = facts.devices < expected;
        if is_short && !self.was_short {
            self.was_short = true;
            return PartVerdict::Discarded;
        }

        self.is_truncated |= is_short;
        self.parts += 1;
        self.devices += facts.devices;
        self.due.pop_front();
        self.was_short = false;
        PartVerdict::Accepted
    }

    /// Takes the failure of the part that is due because it is too large: over a limit on size,
    /// time or resources. Splits it, or ends the pull as [`PartTooLarge`](Reason::PartTooLarge).
    pub fn part_too_large(&mut self) {
        if let PartStep::Query(part) = self.step() {
            self.split(part);
        }
    }

    /// Takes the failure of the part that is due after all attempts. The pull ends as
    /// [`PageLost`](Reason::PageLost).
    pub fn part_lost(&mut self) {
        if let PartStep::Query(_) = self.step() {
            self.stopped = Some(Reason::PageLost);
        }
    }

    /// Whether the part that is due can be split. A single bucket cannot, because the devices of
    /// its halves were not counted.
    pub fn can_split(&self) -> bool {
        self.due.front().is_some_and(|part| part.modulus() < self.counts.buckets())
    }

    /// The devices that were counted before the first part: how many the pull must read before it
    /// can be complete.
    pub fn expected(&self) -> u64 {
        self.counts.total()
    }

    /// The devices of the accepted parts.
    pub fn devices(&self) -> u64 {
        self.devices
    }

    /// The parts that were accepted.
    pub fn parts(&self) -> u64 {
        self.parts
    }

    /// How often a part was split in two.
    pub fn splits(&self) -> u64 {
        self.splits
    }

    fn split(&mut self, part: Part) {
        let Some([first, second]) = part.halves().filter(|_| self.can_split()) else {
            self.stopped = Some(Reason::PartTooLarge);
            return;
        };
        self.due.pop_front();
        self.due.push_front(second);
        self.due.push_front(first);
        self.splits += 1;
        self.was_short = false;
    }
}
