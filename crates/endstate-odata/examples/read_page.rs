//! Reads a page from a file a given number of times. `cargo xtask instructions` counts its
//! instructions.
//!
//! ```sh
//! cargo run --release --example read_page -- FILE TIMES page|members|link
//! ```

use std::hint::black_box;

use endstate_odata::{KeyProperties, PageBuf, find_next_link};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [file, times, what] = arguments.as_slice() else {
        return Err("usage: read_page FILE TIMES page|members|link".into());
    };
    let body = std::fs::read_to_string(file)?;
    let key = KeyProperties::default();

    for _ in 0..times.parse()? {
        match what.as_str() {
            "page" => {
                black_box(PageBuf::parse(black_box(body.clone()))?.len());
            }
            "members" => {
                let page = PageBuf::parse(body.clone())?;
                for item in page.items() {
                    black_box((key.read(item)?, item.members().count()));
                }
            }
            "link" => {
                black_box(find_next_link(black_box(body.as_bytes())));
            }
            other => return Err(format!("unknown mode '{other}'; use page, members or link").into()),
        }
    }

    Ok(())
}
