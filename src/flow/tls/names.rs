//! Numbers that IANA has given names to. What is not in a table keeps its number.

/// A number of a registry with names for some of them.
macro_rules! registry {
    ($(#[$doc:meta])* $name:ident($number:ty, $width:literal) { $($value:literal => $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $number);

        impl $name {
            /// Those that have a name here.
            pub const KNOWN: &[$name] = &[$($name($value)),*];

            /// The name in IANA's registry; `None` where it is not among those that are known here.
            pub fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($text),)*
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            /// The name, or the number as `0x` and digits.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => f.pad(&format!(concat!("0x{:0", $width, "x}"), self.0)),
                }
            }
        }
    };
}

registry! {
    /// What a record carries (RFC 8446, section 5.1).
    ContentType(u8, 2) {
        20 => "change_cipher_spec", 21 => "alert", 22 => "handshake", 23 => "application_data", 24 => "heartbeat",
    }
}

impl ContentType {
    /// Tells in TLS 1.2 that protected records follow; means nothing in TLS 1.3, where it is sent for boxes on the way that
    /// expect it (RFC 8446, appendix D.4).
    pub const CHANGE_CIPHER_SPEC: ContentType = ContentType(20);
    /// An alert.
    pub const ALERT: ContentType = ContentType(21);
    /// Messages of the handshake, or a part of one.
    pub const HANDSHAKE: ContentType = ContentType(22);
    /// Bytes of the program; in TLS 1.3 every protected record says so on its outside.
    pub const APPLICATION_DATA: ContentType = ContentType(23);
}

registry! {
    /// A version as the wire says it (RFC 8446, section 4.2.1).
    Version(u16, 4) {
        0x0300 => "SSL 3.0", 0x0301 => "TLS 1.0", 0x0302 => "TLS 1.1", 0x0303 => "TLS 1.2", 0x0304 => "TLS 1.3",
    }
}

impl Version {
    /// TLS 1.2 (RFC 5246); TLS 1.3 says it too where only old programs look.
    pub const TLS12: Version = Version(0x0303);
    /// TLS 1.3 (RFC 8446).
    pub const TLS13: Version = Version(0x0304);
}

registry! {
    /// What a message of the handshake is (RFC 8446, section 4; RFC 5246, section 7.4, for those of TLS 1.2).
    MessageType(u8, 2) {
        0 => "hello_request", 1 => "client_hello", 2 => "server_hello", 4 => "new_session_ticket",
        5 => "end_of_early_data", 8 => "encrypted_extensions", 11 => "certificate", 12 => "server_key_exchange",
        13 => "certificate_request", 14 => "server_hello_done", 15 => "certificate_verify",
        16 => "client_key_exchange", 20 => "finished", 21 => "certificate_url", 22 => "certificate_status",
        24 => "key_update", 25 => "compressed_certificate", 254 => "message_hash",
    }
}

impl MessageType {
    /// What a client begins with.
    pub const CLIENT_HELLO: MessageType = MessageType(1);
    /// What a server answers; a HelloRetryRequest is one as well.
    pub const SERVER_HELLO: MessageType = MessageType(2);
    /// The server's answers to extensions, protected.
    pub const ENCRYPTED_EXTENSIONS: MessageType = MessageType(8);
    /// Who somebody is, and who vouches for that; protected in TLS 1.3.
    pub const CERTIFICATE: MessageType = MessageType(11);
    /// A signature with the certificate's key (RFC 8446, section 4.4.3).
    pub const CERTIFICATE_VERIFY: MessageType = MessageType(15);
    /// The last message of each side's handshake.
    pub const FINISHED: MessageType = MessageType(20);
    /// By it a client can go on with this session another time (RFC 8446, section 4.6.1).
    pub const NEW_SESSION_TICKET: MessageType = MessageType(4);
    /// From here on the sender protects with new keys (RFC 8446, section 4.6.3).
    pub const KEY_UPDATE: MessageType = MessageType(24);
}

registry! {
    /// What both sides protect their records with (RFC 8446, appendix B.4; the others are those of TLS 1.2).
    CipherSuite(u16, 4) {
        0x000a => "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
        0x002f => "TLS_RSA_WITH_AES_128_CBC_SHA",
        0x0033 => "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
        0x0035 => "TLS_RSA_WITH_AES_256_CBC_SHA",
        0x0039 => "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
        0x003c => "TLS_RSA_WITH_AES_128_CBC_SHA256",
        0x003d => "TLS_RSA_WITH_AES_256_CBC_SHA256",
        0x0067 => "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
        0x006b => "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
        0x009c => "TLS_RSA_WITH_AES_128_GCM_SHA256",
        0x009d => "TLS_RSA_WITH_AES_256_GCM_SHA384",
        0x009e => "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
        0x009f => "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
        0x00ff => "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
        0x1301 => "TLS_AES_128_GCM_SHA256",
        0x1302 => "TLS_AES_256_GCM_SHA384",
        0x1303 => "TLS_CHACHA20_POLY1305_SHA256",
        0x1304 => "TLS_AES_128_CCM_SHA256",
        0x1305 => "TLS_AES_128_CCM_8_SHA256",
        0x5600 => "TLS_FALLBACK_SCSV",
        0xc009 => "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        0xc00a => "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
        0xc013 => "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
        0xc014 => "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        0xc023 => "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
        0xc024 => "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
        0xc027 => "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
        0xc028 => "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
        0xc02b => "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        0xc02c => "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        0xc02f => "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        0xc030 => "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        0xcca8 => "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        0xcca9 => "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        0xccaa => "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    }
}

registry! {
    /// What an extension of a hello is about (RFC 8446, section 4.2).
    ExtensionType(u16, 4) {
        0 => "server_name", 1 => "max_fragment_length", 5 => "status_request", 10 => "supported_groups",
        11 => "ec_point_formats", 13 => "signature_algorithms", 15 => "heartbeat",
        16 => "application_layer_protocol_negotiation", 18 => "signed_certificate_timestamp",
        19 => "client_certificate_type", 20 => "server_certificate_type", 21 => "padding", 22 => "encrypt_then_mac",
        23 => "extended_master_secret", 27 => "compress_certificate", 28 => "record_size_limit",
        34 => "delegated_credential", 35 => "session_ticket", 41 => "pre_shared_key", 42 => "early_data",
        43 => "supported_versions", 44 => "cookie", 45 => "psk_key_exchange_modes", 47 => "certificate_authorities",
        49 => "post_handshake_auth", 50 => "signature_algorithms_cert", 51 => "key_share",
        57 => "quic_transport_parameters", 0xfe0d => "encrypted_client_hello", 0xff01 => "renegotiation_info",
    }
}

registry! {
    /// How both sides agree on a key (RFC 8446, section 4.2.7).
    Group(u16, 4) {
        0x0017 => "secp256r1", 0x0018 => "secp384r1", 0x0019 => "secp521r1", 0x001d => "x25519", 0x001e => "x448",
        0x0100 => "ffdhe2048", 0x0101 => "ffdhe3072", 0x0102 => "ffdhe4096", 0x0103 => "ffdhe6144",
        0x0104 => "ffdhe8192", 0x0201 => "MLKEM768", 0x11eb => "SecP256r1MLKEM768", 0x11ec => "X25519MLKEM768",
        0x6399 => "X25519Kyber768Draft00",
    }
}

registry! {
    /// What an alert says (RFC 8446, section 6).
    AlertDescription(u8, 2) {
        0 => "close_notify", 10 => "unexpected_message", 20 => "bad_record_mac", 21 => "decryption_failed",
        22 => "record_overflow", 40 => "handshake_failure", 41 => "no_certificate", 42 => "bad_certificate",
        43 => "unsupported_certificate", 44 => "certificate_revoked", 45 => "certificate_expired",
        46 => "certificate_unknown", 47 => "illegal_parameter", 48 => "unknown_ca", 49 => "access_denied",
        50 => "decode_error", 51 => "decrypt_error", 70 => "protocol_version", 71 => "insufficient_security",
        80 => "internal_error", 86 => "inappropriate_fallback", 90 => "user_canceled", 100 => "no_renegotiation",
        109 => "missing_extension", 110 => "unsupported_extension", 112 => "unrecognized_name",
        113 => "bad_certificate_status_response", 115 => "unknown_psk_identity", 116 => "certificate_required",
        120 => "no_application_protocol",
    }
}

impl AlertDescription {
    /// The sender says nothing more: an end that nobody on the way can forge.
    pub const CLOSE_NOTIFY: AlertDescription = AlertDescription(0);
}

registry! {
    /// How serious an alert is (RFC 8446, section 6). TLS 1.3 goes by what the alert says, not by this.
    AlertLevel(u8, 2) { 1 => "warning", 2 => "fatal" }
}

/// Whether a number is one of those that clients mix in so that servers do not forget to pass over what they do not know
/// (GREASE, RFC 8701): both bytes the same, their lower half `a`.
pub fn is_grease(number: u16) -> bool {
    let [high, low] = number.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_name_keeps_its_number() {
        assert_eq!(CipherSuite(0x1301).to_string(), "TLS_AES_128_GCM_SHA256");
        assert_eq!(CipherSuite(0x2a2a).to_string(), "0x2a2a");
        assert_eq!(AlertDescription(7).to_string(), "0x07");
        assert_eq!(Version::TLS13.name(), Some("TLS 1.3"));
    }

    #[test]
    fn grease_is_known_by_its_form() {
        assert!(is_grease(0x0a0a) && is_grease(0xfafa));
        assert!(!is_grease(0x0a1a) && !is_grease(0x1301) && !is_grease(0x0b0b));
    }
}
