use zooid_client::emulator::{Emulator, Profile};

use crate::{contract, target::Target};

async fn assert_contract(profile: Profile) {
    let zooid = Emulator::builder().profile(profile).start().await.unwrap();
    let target = Target::probe(&zooid.url(), zooid.keys().clone()).await;
    assert_eq!(target.profile, profile);
    contract::assert_holds(target).await;
    assert_eq!(zooid.relay_ids(), [""; 0]);
}

#[tokio::test]
async fn the_contract_holds_for_the_current_emulator() {
    assert_contract(Profile::Current).await;
}

#[tokio::test]
async fn the_contract_holds_for_the_old_emulator() {
    assert_contract(Profile::Old).await;
}
