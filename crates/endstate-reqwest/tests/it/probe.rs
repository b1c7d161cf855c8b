//! What a probe finds out about a host before a token is sent to it.

use std::time::SystemTime;

use endstate_emulator::{Emulator, SignIn};
use endstate_reqwest::{Origin, Probe};

#[tokio::test]
async fn a_probe_reports_the_time_and_separates_untrusted_from_unreachable() {
    let emulator = Emulator::builder().sign_in(SignIn::new()).start().await.unwrap();
    let origin: Origin = emulator.authority().unwrap().parse().unwrap();
    let authority = emulator.certificate_authority().unwrap().as_bytes().to_owned();
    let trusted = Probe::send(&origin, Some(&authority)).await.unwrap();
    assert!(!trusted.addresses.unwrap().is_empty());
    let date = trusted.response.unwrap().date.unwrap();
    assert!(SystemTime::now().duration_since(date).unwrap_or_default().as_secs() < 60);
    let wary = Probe::send(&origin, None).await.unwrap();
    assert!(wary.response.unwrap_err().is_tls);
    emulator.stop().await;
    let gone = Probe::send(&origin, Some(&authority)).await.unwrap();
    assert!(!gone.response.unwrap_err().is_tls);
}

#[tokio::test]
async fn a_name_that_there_is_not_has_no_addresses() {
    let origin: Origin = "https://no-such-host.invalid".parse().unwrap();
    let nowhere = Probe::send(&origin, None).await.unwrap();
    assert!(nowhere.addresses.is_err() && nowhere.response.is_err());
}
