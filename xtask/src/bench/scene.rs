//! The pages of a fleet as files. They are rendered once and reused.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use endstate_emulator::{DeviceOrder, Fleet};

use super::server::{Delivery, Server};

/// A rendered collection.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) folder: PathBuf,
    pub(crate) pages: u64,
    /// The size of all pages together.
    pub(crate) bytes: u64,
    devices: u64,
}

/// The number of bytes at the start of every page that are reserved for its context, count and next
/// link. Each run uses another port, so it writes them again. White space fills the rest, which
/// JSON allows there.
const HEAD: usize = 512;

impl Scene {
    /// Renders the pages, unless an earlier run already did.
    pub(crate) fn render(
        scratch: &Path,
        devices: u64,
        page_size: u64,
        day: u32,
        order: DeviceOrder,
    ) -> anyhow::Result<Self> {
        let folder = scratch.join(format!("pages-{devices}-{page_size}-{day}-{order:?}"));
        let collection = folder.join("testwdatppreview");
        let pages = devices.div_ceil(page_size).max(1);
        let done = folder.join("done");

        if !done.exists() {
            eprintln!("rendering {devices} devices in {pages} pages");
            fs::create_dir_all(&collection)?;
            let fleet = Fleet::new(1, devices).on_day(day);
            for page in 0..pages {
                let mut file = BufWriter::new(File::create(collection.join(name(page)))?);
                file.write_all(&[b' '; HEAD])?;
                for position in page * page_size..((page + 1) * page_size).min(devices) {
                    if position > page * page_size {
                        file.write_all(b",")?;
                    }
                    serde_json::to_writer(&mut file, &fleet.device(order.position(position, devices)))?;
                }
                file.write_all(b"]}")?;
                file.flush()?;
            }
            fs::write(&done, "")?;
        }

        let mut bytes = 0;
        for page in 0..pages {
            bytes += fs::metadata(collection.join(name(page)))?.len();
        }
        Ok(Self { folder, pages, bytes, devices })
    }

    /// Starts a server of the pages.
    pub(crate) fn serve(&self, delivery: Delivery) -> anyhow::Result<Server> {
        Server::start(&self.folder, |origin| self.link(origin), delivery)
    }

    /// Writes the first bytes of all pages for a server at this origin.
    fn link(&self, origin: &str) -> anyhow::Result<()> {
        let root = format!("{origin}/testwdatppreview");
        for page in 0..self.pages {
            let mut head = format!("{{\"@odata.context\":\"{root}/$metadata#MachineSecurityStates\",");
            if page == 0 {
                head = format!("{head}\"@odata.count\":{},", self.devices);
            }
            if page + 1 < self.pages {
                head = format!("{head}\"@odata.nextLink\":\"{root}/{}\",", name(page + 1));
            }
            let value = "\"value\":[";
            let head = format!("{head}{}{value}", " ".repeat(HEAD - head.len() - value.len()));
            let path = self.folder.join("testwdatppreview").join(name(page));
            let mut file = OpenOptions::new().write(true).open(&path).with_context(|| path.display().to_string())?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(head.as_bytes())?;
        }
        Ok(())
    }
}

/// The last segment of a page's path.
fn name(page: u64) -> String {
    if page == 0 { "machinesecuritystates".to_owned() } else { format!("machinesecuritystates-{page}") }
}
