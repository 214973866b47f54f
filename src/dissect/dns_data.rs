//! What the records of DNS hold, type by type: each is a row of parts, in the order of the bytes.

use std::slice::from_ref;

use Part::{Fixed, Name, Rest};

use super::dns_name::Text;
use super::dns_record::Data;
use super::field::{Emit, Field, Value};

const A: Field = Field::new("dns.a", "IPv4 address", 0..4).ipv4();
const AAAA: Field = Field::new("dns.aaaa", "IPv6 address", 0..16).ipv6();
const NS: Field = Field::new("dns.ns", "Name server", 0..0).text();
const CNAME: Field = Field::new("dns.cname", "Is another name for", 0..0).text();
const DNAME: Field = Field::new("dns.dname", "All below it is found below", 0..0).text();
const PTR: Field = Field::new("dns.ptr.domain_name", "Points to", 0..0).text();
const NULL: Field = Field::new("dns.null", "Any bytes", 0..0).raw();

const MX_PREFERENCE: Field = Field::new("dns.mx.preference", "Ask in this order", 0..2);
const MX_HOST: Field = Field::new("dns.mx.mail_exchange", "Mail server", 0..0).text();
const SOA_MNAME: Field = Field::new("dns.soa.mname", "First name server of the zone", 0..0).text();
const SOA_RNAME: Field = Field::new("dns.soa.rname", "Mailbox of who is responsible", 0..0).text();
const SOA_SERIAL: Field = Field::new("dns.soa.serial_number", "Version of the zone", 0..4);
const SOA_REFRESH: Field = Field::new("dns.soa.refresh_interval", "Copies look for news every (s)", 4..8);
const SOA_RETRY: Field = Field::new("dns.soa.retry_interval", "If that fails, again after (s)", 8..12);
const SOA_EXPIRE: Field = Field::new("dns.soa.expire_limit", "Copies are void after (s)", 12..16);
const SOA_MINIMUM: Field = Field::new("dns.soa.minimum_ttl", "A no may be kept for (s)", 16..20);
const SRV_PRIORITY: Field = Field::new("dns.srv.priority", "Ask in this order", 0..2);
const SRV_WEIGHT: Field = Field::new("dns.srv.weight", "Share among equals", 2..4);
const SRV_PORT: Field = Field::new("dns.srv.port", "Port", 4..6);
const SRV_TARGET: Field = Field::new("dns.srv.target", "Host", 0..0).text();
const TXT_LENGTH: Field = Field::new("dns.txt.length", "Length of the text", 0..1);
const TXT: Field = Field::new("dns.txt", "Text", 0..0).text();
const SPF_LENGTH: Field = Field::new("dns.spf.length", "Length of the text", 0..1);
const SPF: Field = Field::new("dns.spf", "Who may send mail", 0..0).text();
const CPU_LENGTH: Field = Field::new("dns.hinfo.cpu_length", "Length of the processor's name", 0..1);
const CPU: Field = Field::new("dns.hinfo.cpu", "Processor", 0..0).text();
const OS_LENGTH: Field = Field::new("dns.hinfo.os_length", "Length of the system's name", 0..1);
const OS: Field = Field::new("dns.hinfo.os", "Operating system", 0..0).text();
const NAPTR_ORDER: Field = Field::new("dns.naptr.order", "Apply in this order", 0..2);
const NAPTR_PREFERENCE: Field = Field::new("dns.naptr.preference", "Among equals in this order", 2..4);
const NAPTR_FLAGS_LENGTH: Field = Field::new("dns.naptr.flags_length", "Length of the flags", 0..1);
const NAPTR_FLAGS: Field = Field::new("dns.naptr.flags", "What the result is", 0..0).text();
const NAPTR_SERVICE_LENGTH: Field = Field::new("dns.naptr.service_length", "Length of the service", 0..1);
const NAPTR_SERVICE: Field = Field::new("dns.naptr.service", "Service", 0..0).text();
const NAPTR_REGEX_LENGTH: Field = Field::new("dns.naptr.regex_length", "Length of the rule", 0..1);
const NAPTR_REGEX: Field = Field::new("dns.naptr.regex", "Rule that rewrites the name", 0..0).text();
const NAPTR_REPLACEMENT_LENGTH: Field =
    Field::new("dns.naptr.replacement_length", "Length of the next name", 0..0);
const NAPTR_REPLACEMENT: Field = Field::new("dns.naptr.replacement", "Next name to ask for", 0..0).text();

const DS_KEY: Field = Field::new("dns.ds.key_id", "Which key", 0..2).hex();
const DS_ALGORITHM: Field = Field::new("dns.ds.algorithm", "The key's algorithm", 2..3);
const DS_DIGEST_TYPE: Field = Field::new("dns.ds.digest_type", "How it was hashed", 3..4);
const DS_DIGEST: Field = Field::new("dns.ds.digest", "Hash of the key", 0..0).raw();
const RRSIG_COVERED: Field = Field::new("dns.rrsig.type_covered", "Signs the records of type", 0..2);
const RRSIG_ALGORITHM: Field = Field::new("dns.rrsig.algorithm", "Algorithm", 2..3);
const RRSIG_LABELS: Field = Field::new("dns.rrsig.labels", "Parts of the signed name", 3..4);
const RRSIG_TTL: Field = Field::new("dns.rrsig.original_ttl", "Time to live when it was signed", 4..8);
const RRSIG_UNTIL: Field = Field::new("dns.rrsig.signature_expiration", "Valid until", 8..12).time();
const RRSIG_FROM: Field = Field::new("dns.rrsig.signature_inception", "Valid from", 12..16).time();
const RRSIG_KEY: Field = Field::new("dns.rrsig.key_tag", "Which key", 16..18);
const RRSIG_SIGNER: Field = Field::new("dns.rrsig.signers_name", "Signed by", 0..0).text();
const RRSIG_SIGNATURE: Field = Field::new("dns.rrsig.signature", "Signature", 0..0).raw();
const DNSKEY_FLAGS: Field = Field::new("dns.dnskey.flags", "Flags", 0..2).hex();
const DNSKEY_ZONE: Field =
    Field::flag("dns.dnskey.flags.zone_key", "Signs records of the zone", 0..2, 0x0100);
const DNSKEY_REVOKED: Field = Field::flag("dns.dnskey.flags.key_revoked", "Called back", 0..2, 0x0080);
const DNSKEY_ENTRY: Field =
    Field::flag("dns.dnskey.flags.secure_entry_point", "Signs other keys", 0..2, 0x0001);
const DNSKEY_RESERVED: Field = Field::bits("dns.dnskey.flags.reserved", "Reserved", 0..2, 0xfe7e).hex();
const DNSKEY_PROTOCOL: Field = Field::new("dns.dnskey.protocol", "Protocol", 2..3);
const DNSKEY_ALGORITHM: Field = Field::new("dns.dnskey.algorithm", "Algorithm", 3..4);
const DNSKEY_ID: Field = Field::new("dns.dnskey.key_id", "Short number for this key", 0..0);
const DNSKEY_KEY: Field = Field::new("dns.dnskey.public_key", "Public key", 0..0).raw();
const NSEC_NEXT: Field = Field::new("dns.nsec.next_domain_name", "Next name that exists", 0..0).text();
const NSEC3_ALGORITHM: Field = Field::new("dns.nsec3.algo", "How names are hashed", 0..1);
const NSEC3_FLAGS: Field = Field::new("dns.nsec3.flags", "Flags", 1..2);
const NSEC3_OPT_OUT: Field = Field::flag("dns.nsec3.flags.opt_out", "Unsigned zones are left out", 1..2, 1);
const NSEC3_ITERATIONS: Field = Field::new("dns.nsec3.iterations", "Hashed again, so often", 2..4);
const NSEC3_SALT_LENGTH: Field = Field::new("dns.nsec3.salt_length", "Length of the salt", 0..1);
const NSEC3_SALT: Field = Field::new("dns.nsec3.salt_value", "Salt", 0..0).raw();
const NSEC3_HASH_LENGTH: Field = Field::new("dns.nsec3.hash_length", "Length of the hash", 0..1);
const NSEC3_HASH: Field = Field::new("dns.nsec3.hash_value", "Hash of the next name", 0..0).text();
const TLSA_USAGE: Field = Field::new("dns.tlsa.certificate_usage", "Whose certificate", 0..1);
const TLSA_SELECTOR: Field = Field::new("dns.tlsa.selector", "Which part of it", 1..2);
const TLSA_MATCHING: Field = Field::new("dns.tlsa.matching_type", "How it was hashed", 2..3);
const TLSA_DATA: Field = Field::new("dns.tlsa.certificate_association_data", "To be compared", 0..0).raw();
const SSHFP_ALGORITHM: Field = Field::new("dns.sshfp.algorithm", "The key's algorithm", 0..1);
const SSHFP_TYPE: Field = Field::new("dns.sshfp.fingerprint.type", "How it was hashed", 1..2);
const SSHFP_FINGERPRINT: Field = Field::new("dns.sshfp.fingerprint", "Hash of the host's key", 0..0).raw();
const CAA_FLAGS: Field = Field::new("dns.caa.flags", "Flags", 0..1).hex();
const CAA_CRITICAL: Field = Field::flag("dns.caa.flags.issuer_critical", "Must be understood", 0..1, 0x80);
const CAA_TAG_LENGTH: Field = Field::new("dns.caa.tag_length", "Length of the tag", 0..1);
const CAA_TAG: Field = Field::new("dns.caa.tag", "Tag", 0..0).text();
const CAA_VALUE: Field = Field::new("dns.caa.value", "Value", 0..0).text();
const CAA_ISSUE: Field = Field::new("dns.caa.issue", "Who may issue certificates", 0..0).text();
const CAA_ISSUE_WILD: Field = Field::new("dns.caa.issuewild", "Who may issue wildcards", 0..0).text();
const CAA_IODEF: Field = Field::new("dns.caa.iodef", "Where to report", 0..0).text();
const CAA_UNKNOWN: Field = Field::new("dns.caa.unknown", "Of a tag that is not read", 0..0).text();
const CAA_VALUES: &[Field] =
    &[CAA_TAG_LENGTH, CAA_TAG, CAA_VALUE, CAA_ISSUE, CAA_ISSUE_WILD, CAA_IODEF, CAA_UNKNOWN];
const TSIG_ALGORITHM: Field = Field::new("dns.tsig.algorithm_name", "Algorithm", 0..0).text();
const TSIG_TIME: Field = Field::new("dns.tsig.time_signed", "Signed at", 0..6).time();
const TSIG_FUDGE: Field = Field::new("dns.tsig.fudge", "Clocks may differ by (s)", 6..8);
const TSIG_MAC_SIZE: Field = Field::new("dns.tsig.mac_size", "Length of the check code", 0..2);
const TSIG_ID: Field = Field::new("dns.tsig.original_id", "Number of the question", 0..2);
const TSIG_ERROR: Field = Field::new("dns.tsig.error", "Error", 2..4);
const TSIG_OTHER_LENGTH: Field = Field::new("dns.tsig.other_len", "Length of what else there is", 4..6);
const TSIG_OTHER: Field = Field::new("dns.tsig.other_data", "What else there is", 0..0).raw();

const NSEC3: &[Field] = &[NSEC3_ALGORITHM, NSEC3_FLAGS, NSEC3_OPT_OUT, NSEC3_ITERATIONS];
const DATA: Field = Field::new("dns.data", "Data", 0..0).raw();

/// One part of a record's data.
pub(super) enum Part {
    /// Fields at fixed places, and the bytes that they take.
    Fixed(&'static [Field], usize),
    /// A name.
    Name(&'static Field),
    /// A name, and its length as Wireshark counts it: the bytes of its text, 6 for `<Root>`.
    NameAndLength(&'static Field, &'static Field),
    /// A byte that says how long the text after it is.
    Text(&'static Field, &'static Field),
    /// Such texts up to the end.
    Texts(&'static Field, &'static Field),
    /// A byte that says how many bytes follow it; these are no text.
    Bytes(&'static Field, &'static Field),
    /// The same, written in base 32.
    Base32(&'static Field, &'static Field),
    /// Two bytes that say how many bytes follow, of which nothing is shown.
    Skip(&'static Field),
    /// All that is left.
    Rest(&'static Field),
    /// The types of records that there are: `dns.resp.type`, as in Wireshark.
    Types,
    /// A number made of all bytes of the data (RFC 4034, appendix B).
    KeyTag(&'static Field),
    /// Tag and value of a CAA record: these fields.
    Tag(&'static [Field]),
    /// The options of EDNS.
    Options,
    /// The parameters of a service binding.
    Params,
}

impl Part {
    /// The fields that it can give; those of EDNS and of a service stand with what reads them.
    const fn fields(&self) -> [&'static [Field]; 2] {
        match self {
            Fixed(fields, _) | Part::Tag(fields) => [fields, &[]],
            Part::NameAndLength(length, field)
            | Part::Text(length, field)
            | Part::Texts(length, field)
            | Part::Bytes(length, field)
            | Part::Base32(length, field) => [from_ref(length), from_ref(field)],
            Name(field) | Part::Skip(field) | Rest(field) | Part::KeyTag(field) => [from_ref(field), &[]],
            Part::Types | Part::Options | Part::Params => [&[], &[]],
        }
    }
}

/// What records hold, by their type (IANA Resource Record (RR) TYPEs); no number: of any other type.
const RECORDS: &[(&[u16], &[Part])] = &[
    (&[1], &[Fixed(&[A], 4)]),
    (&[2], &[Name(&NS)]),
    (&[5], &[Name(&CNAME)]),
    (
        &[6],
        &[
            Name(&SOA_MNAME),
            Name(&SOA_RNAME),
            Fixed(&[SOA_SERIAL, SOA_REFRESH, SOA_RETRY, SOA_EXPIRE, SOA_MINIMUM], 20),
        ],
    ),
    (&[10], &[Rest(&NULL)]),
    (&[12], &[Name(&PTR)]),
    (&[13], &[Part::Text(&CPU_LENGTH, &CPU), Part::Text(&OS_LENGTH, &OS)]),
    (&[15], &[Fixed(&[MX_PREFERENCE], 2), Name(&MX_HOST)]),
    (&[16], &[Part::Texts(&TXT_LENGTH, &TXT)]),
    (&[28], &[Fixed(&[AAAA], 16)]),
    (&[33], &[Fixed(&[SRV_PRIORITY, SRV_WEIGHT, SRV_PORT], 6), Name(&SRV_TARGET)]),
    (
        &[35],
        &[
            Fixed(&[NAPTR_ORDER, NAPTR_PREFERENCE], 4),
            Part::Text(&NAPTR_FLAGS_LENGTH, &NAPTR_FLAGS),
            Part::Text(&NAPTR_SERVICE_LENGTH, &NAPTR_SERVICE),
            Part::Text(&NAPTR_REGEX_LENGTH, &NAPTR_REGEX),
            Part::NameAndLength(&NAPTR_REPLACEMENT_LENGTH, &NAPTR_REPLACEMENT),
        ],
    ),
    (&[39], &[Name(&DNAME)]),
    (&[41], &[Part::Options]),
    (&[43, 59], &[Fixed(&[DS_KEY, DS_ALGORITHM, DS_DIGEST_TYPE], 4), Rest(&DS_DIGEST)]),
    (&[44], &[Fixed(&[SSHFP_ALGORITHM, SSHFP_TYPE], 2), Rest(&SSHFP_FINGERPRINT)]),
    (
        &[46],
        &[
            Fixed(
                &[
                    RRSIG_COVERED,
                    RRSIG_ALGORITHM,
                    RRSIG_LABELS,
                    RRSIG_TTL,
                    RRSIG_UNTIL,
                    RRSIG_FROM,
                    RRSIG_KEY,
                ],
                18,
            ),
            Name(&RRSIG_SIGNER),
            Rest(&RRSIG_SIGNATURE),
        ],
    ),
    (&[47], &[Name(&NSEC_NEXT), Part::Types]),
    (
        &[48, 60],
        &[
            Fixed(
                &[
                    DNSKEY_FLAGS,
                    DNSKEY_ZONE,
                    DNSKEY_REVOKED,
                    DNSKEY_ENTRY,
                    DNSKEY_RESERVED,
                    DNSKEY_PROTOCOL,
                    DNSKEY_ALGORITHM,
                ],
                4,
            ),
            Part::KeyTag(&DNSKEY_ID),
            Rest(&DNSKEY_KEY),
        ],
    ),
    (
        &[50],
        &[
            Fixed(NSEC3, 4),
            Part::Bytes(&NSEC3_SALT_LENGTH, &NSEC3_SALT),
            Part::Base32(&NSEC3_HASH_LENGTH, &NSEC3_HASH),
            Part::Types,
        ],
    ),
    (
        &[51],
        &[
            Fixed(&[NSEC3_ALGORITHM, NSEC3_FLAGS, NSEC3_ITERATIONS], 4),
            Part::Bytes(&NSEC3_SALT_LENGTH, &NSEC3_SALT),
        ],
    ),
    (&[52], &[Fixed(&[TLSA_USAGE, TLSA_SELECTOR, TLSA_MATCHING], 3), Rest(&TLSA_DATA)]),
    (&[64, 65], &[Part::Params]),
    (&[99], &[Part::Texts(&SPF_LENGTH, &SPF)]),
    (
        &[250],
        &[
            Name(&TSIG_ALGORITHM),
            Fixed(&[TSIG_TIME, TSIG_FUDGE], 8),
            Part::Skip(&TSIG_MAC_SIZE),
            Fixed(&[TSIG_ID, TSIG_ERROR, TSIG_OTHER_LENGTH], 6),
            Rest(&TSIG_OTHER),
        ],
    ),
    (&[257], &[Fixed(&[CAA_FLAGS, CAA_CRITICAL], 1), Part::Tag(CAA_VALUES)]),
    (&[], OTHER),
];

/// What a record holds whose type is not read.
const OTHER: &[Part] = &[Rest(&DATA)];

/// The parts of a record's data, by its type.
pub(super) fn parts(kind: u16) -> &'static [Part] {
    RECORDS.iter().find(|(kinds, _)| kinds.contains(&kind)).map_or(OTHER, |(_, parts)| parts)
}

/// Every field that a record's data can have: those of the table, in its order.
pub(super) const FIELDS: &[Field] = &{
    let mut fields = [DATA; gather(&mut [])];
    gather(&mut fields);
    fields
};

/// Writes the fields of all records to `fields`, as far as there is room; how many they are.
#[expect(
    clippy::indexing_slicing,
    reason = "done by the compiler, which would refuse what lies beyond the end"
)]
const fn gather(fields: &mut [Field]) -> usize {
    let (mut count, mut record) = (0, 0);
    while record < RECORDS.len() {
        let mut part = 0;
        while part < RECORDS[record].1.len() {
            let [first, second] = RECORDS[record].1[part].fields();
            let mut at = 0;
            while at < first.len() + second.len() {
                if count < fields.len() {
                    fields[count] = if at < first.len() { first[at] } else { second[at - first.len()] };
                }
                (count, at) = (count + 1, at + 1);
            }
            part += 1;
        }
        record += 1;
    }
    count
}

/// Tag and value of a CAA record (RFC 8659, section 4.1).
pub(super) fn tag<'a>(data: &mut Data<'a>, emit: &mut Emit<'_, 'a>) -> Option<()> {
    let text = |bytes| Value::Text(Text::new(bytes));
    let tag = data.counted(&CAA_TAG_LENGTH, &CAA_TAG, emit, text)?;
    let known = match tag {
        b"issue" => &CAA_ISSUE,
        b"issuewild" => &CAA_ISSUE_WILD,
        b"iodef" => &CAA_IODEF,
        _ => &CAA_UNKNOWN,
    };
    let at = data.at;
    let value = data.bytes(known, data.left(), emit, text)?;
    if !value.is_empty() {
        emit.put(&CAA_VALUE, text(value), at..data.at);
    }
    Some(())
}
