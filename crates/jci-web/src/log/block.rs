//! The index of a log: where to begin in order to show a line.

use super::pen::Pen;

/// The sizes that an index is made with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// So many bytes at least are between two entries of the index. Smaller would be more memory,
    /// larger more to go over for the first line of a window.
    pub(super) block: u64,
    /// A line of more bytes is painted once and kept: painting it again would take too long.
    pub(super) long_line: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { block: 64 * 1024, long_line: 64 * 1024 }
    }
}

/// Some lines that are shown in the same way, up to the first line of the next block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// The number of the first line.
    pub(super) line: u64,
    /// Where in the log that line begins.
    pub(super) raw: u64,
    pub(super) kind: Kind,
}

/// How the lines of a block are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// By painting each line for itself, with this pen at first.
    Raw(Pen),
    /// By reading the lines that were kept, from this offset of where they are kept.
    Kept(u64),
}

/// What changed in the index since it was last handed on.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// So many blocks of those handed on are still right.
    keep: usize,
    fresh: Vec<Block>,
}

impl Changes {
    pub(super) fn push(&mut self, block: Block) {
        self.fresh.push(block);
    }

    /// Takes back the blocks that begin at a line or after it.
    pub(super) fn take_back(&mut self, line: u64, handed_on: &[Block]) {
        self.fresh.truncate(self.fresh.partition_point(|block| block.line < line));
        self.keep = self.keep.min(handed_on.partition_point(|block| block.line < line));
    }

    /// Finds the block that a line is in.
    pub(super) fn find(&self, line: u64, handed_on: &[Block]) -> Option<Block> {
        let last = |blocks: &[Block]| {
            let after = blocks.partition_point(|block| block.line <= line);
            after.checked_sub(1).map(|index| blocks[index])
        };
        last(&self.fresh).or_else(|| last(&handed_on[..self.keep]))
    }

    /// Makes the changes.
    pub(super) fn hand_on(&mut self, blocks: &mut Vec<Block>) {
        blocks.truncate(self.keep);
        blocks.append(&mut self.fresh);
        self.keep = blocks.len();
    }
}
