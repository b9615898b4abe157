//! What is written is what is read, whatever it is; and what was not written is refused without harm.

use proptest::prelude::*;

use super::*;

fn access() -> impl Strategy<Value = Access> {
    let address = prop_oneof![
        (0_u32..40).prop_map(|n| u128::from(n) | 0xFFFF_C000_0200),
        (0_u128..3).prop_map(|n| (0x2001_0DB8 << 96) | n),
        any::<u128>(),
    ];
    let at = prop_oneof![
        1_700_000_000_000_000_i64..1_700_000_900_000_000,
        Just(5_i64),
        any::<i64>()
    ];
    let small = prop_oneof![0_u32..9, any::<u32>()];
    let port = prop_oneof![Just(0_u16), 32_768_u16..61_000, any::<u16>()];
    let rest = (0_u16..4, prop_oneof![Just(0), any::<u16>()], 0_u8..3);
    (address, at, small, port, rest).prop_map(
        |(address, at, slot, port, (action, mark, source))| Access {
            address: Address::from_bits(address),
            at,
            slot,
            port,
            action,
            mark,
            source,
        },
    )
}

proptest! {
    #[test]
    fn blocks_come_back_as_they_were(mut rows in prop::collection::vec(access(), 1..400)) {
        for order in [Order::Address, Order::Account] {
            rows.sort_unstable_by(|a, b| order.compare(a, b));
            let (mut block, mut read) = (Vec::new(), Vec::new());
            encode(&rows, order, &mut block);
            prop_assert_eq!(decode(&block, order, &mut read), Some(()));
            prop_assert_eq!(&read, &rows);
        }
    }

    #[test]
    fn what_is_no_block_is_refused_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut rows = Vec::new();
        let _ = decode(&bytes, Order::Address, &mut rows);
        prop_assert!(rows.len() <= ROWS_MAX);
        let _ = decode(&bytes, Order::Account, &mut rows);
        prop_assert!(rows.len() <= ROWS_MAX);
    }
}
