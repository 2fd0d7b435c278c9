use zooid_client::emulator::{Emulator, Profile};

use crate::{contract, target::Target};

async fn hold_on(profile: Profile) {
    let zooid = Emulator::builder().profile(profile).start().await.unwrap();
    let target = Target::probe(&zooid.url(), zooid.keys().clone()).await;
    assert_eq!(target.profile, profile);
    contract::hold(target).await;
    assert_eq!(zooid.relay_ids(), [""; 0]);
}

#[tokio::test]
async fn the_contract_holds_on_an_emulated_current_zooid() {
    hold_on(Profile::Current).await;
}

#[tokio::test]
async fn the_contract_holds_on_an_emulated_old_zooid() {
    hold_on(Profile::Old).await;
}
