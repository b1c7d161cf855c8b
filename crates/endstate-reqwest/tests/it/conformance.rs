//! The rules of every transport.

use std::sync::Arc;

use endstate_paging::Transport;
use endstate_paging::test_util::{TEST_TOKEN, violations};
use endstate_reqwest::{CallLimits, FixedToken, Pacer, ReqwestTransport, ServiceRoot, TokioClock};

#[tokio::test]
async fn the_transport_keeps_every_rule() {
    let connect = |root: &str| -> Arc<dyn Transport> {
        let pacer = Pacer::new(CallLimits::NONE, Arc::new(TokioClock::new()));
        let root = ServiceRoot::parse(root).unwrap();
        let builder = ReqwestTransport::builder(&root, Arc::new(FixedToken::new(TEST_TOKEN)));
        Arc::new(builder.pacer(Arc::new(pacer)).build().unwrap())
    };
    assert_eq!(violations(connect).await.unwrap(), []);
}
