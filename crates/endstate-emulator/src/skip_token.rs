//! Skip tokens: where a pull continues. They are sealed, to refuse altered ones.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac_sha256::HMAC;

use crate::select::Select;

/// The state of a continuation. It does not include the page size, because each request states it
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SkipToken {
    /// Position of the next device.
    pub(crate) position: u64,
    /// Number of the page, from 1. Scripted faults depend on it.
    pub(crate) page: u32,
    pub(crate) select: Select,
    /// Whether every page has the count.
    pub(crate) counts: bool,
}

/// Seals and opens skip tokens.
#[derive(Debug, Clone)]
pub(crate) struct Seal {
    key: Vec<u8>,
}

const CONTENT: usize = 14;
const TAG: usize = 16;

impl Seal {
    /// Returns a seal. Tokens of one fleet and collection are not valid for another.
    pub(crate) fn new(seed: u64, devices: u64, collection: &str) -> Self {
        Self { key: format!("endstate emulator {seed} {devices} {collection}").into_bytes() }
    }

    pub(crate) fn seal(&self, token: &SkipToken) -> String {
        let mut bytes = token.position.to_be_bytes().to_vec();
        bytes.extend_from_slice(&token.page.to_be_bytes());
        bytes.push(token.select.bits());
        bytes.push(u8::from(token.counts));
        let tag = self.tag(&bytes);
        bytes.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Opens a token. Returns `None` if even one bit was changed.
    pub(crate) fn open(&self, token: &str) -> Option<SkipToken> {
        let bytes: [u8; CONTENT + TAG] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        let (content, tag) = bytes.split_at(CONTENT);
        if self.tag(content) != tag {
            return None;
        }
        let (position, rest) = content.split_first_chunk()?;
        let (page, rest) = rest.split_first_chunk()?;
        let position = u64::from_be_bytes(*position);
        let page = u32::from_be_bytes(*page);
        Some(SkipToken { position, page, select: Select::from_bits(rest[0]), counts: rest[1] != 0 })
    }

    fn tag(&self, content: &[u8]) -> [u8; TAG] {
        let mut tag = [0; TAG];
        tag.copy_from_slice(&HMAC::mac(content, &self.key)[..TAG]);
        tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_again_and_not_once_a_single_bit_is_changed() {
        let seal = Seal::new(1, 444, "a");
        let token = SkipToken { position: 300, page: 4, select: Select::ALL, counts: true };
        let sealed = seal.seal(&token);
        assert_eq!(seal.open(&sealed), Some(token));
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(seal.open(&URL_SAFE_NO_PAD.encode(altered)), None, "bit {bit}");
        }
        assert_eq!(Seal::new(2, 444, "a").open(&sealed), None, "a token of another fleet");
        assert_eq!(Seal::new(1, 444, "b").open(&sealed), None, "a token of another collection");
        assert_eq!(seal.open(""), None);
    }
}
