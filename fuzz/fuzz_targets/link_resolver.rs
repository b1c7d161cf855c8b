//! Any link, context and request: no panic, absolute links byte for byte, and no query in what is printed.
#![no_main]

use endstate_odata::{NextLink, PageUrl};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, &str)| {
    let (link, context, request) = input;
    let Some(link) = NextLink::new(link) else { return };
    let request =
        PageUrl::new(request).or_else(|_| PageUrl::new("https://host.example/service/set?$count=true")).expect("a URL");
    if let Ok(url) = link.resolve(Some(context), &request) {
        let printed = format!("{url} {url:?} {link:?}").replace("?[redacted]", "");
        if let Some((_, query)) = url.as_str().split_once('?')
            && !query.is_empty()
        {
            assert!(!printed.contains(&format!("?{query}")), "{printed}");
        }
    }
});
