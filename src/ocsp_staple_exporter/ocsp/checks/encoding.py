"""Is it a response at all? See RFC 6960 §4.2.1, §2.3."""

from __future__ import annotations

from ocsp_staple_exporter.model import Reason, ResponseStatus
from ocsp_staple_exporter.ocsp.certificate import UnreadableCertificate, decode_certificate
from ocsp_staple_exporter.ocsp.checks.check import Failed, Outcome, Passed, Skipped
from ocsp_staple_exporter.ocsp.evidence import Evidence
from ocsp_staple_exporter.ocsp.response import BasicResponse, MalformedResponse, Response, UnsuccessfulResponse

ENCODING_REASONS = (
    Reason.STAPLE_EMPTY,
    Reason.MALFORMED,
    Reason.RESPONSE_BYTES_MISSING,
    Reason.RESPONSE_TYPE_UNSUPPORTED,
)
_REASON_OF_STATUS = {
    ResponseStatus.MALFORMED_REQUEST: Reason.STATUS_MALFORMED_REQUEST,
    ResponseStatus.INTERNAL_ERROR: Reason.STATUS_INTERNAL_ERROR,
    ResponseStatus.TRY_LATER: Reason.STATUS_TRY_LATER,
    ResponseStatus.SIG_REQUIRED: Reason.STATUS_SIG_REQUIRED,
    ResponseStatus.UNAUTHORIZED: Reason.STATUS_UNAUTHORIZED,
}
STATUS_REASONS = (*_REASON_OF_STATUS.values(), Reason.STATUS_UNKNOWN_CODE)


def check_encoding(response: Response) -> Outcome:
    """RFC 6960 §4.2.1: the staple is the DER of an OCSPResponse with a basic response in it."""
    match response:
        case MalformedResponse(reason, detail):
            return Failed(reason, detail)
        case UnsuccessfulResponse():
            return Passed("an OCSPResponse")
        case BasicResponse():
            return Passed(f"a basic response, entries: {len(response.responses)}")


def check_trailing_data(response: Response) -> Outcome:
    """X.690 §10.1, RFC 6960 §4.2.1: nothing follows the response, nor the BasicOCSPResponse in it."""
    if response.trailing_data:
        return Failed(Reason.TRAILING_DATA, response.trailing_data)
    return Passed("nothing follows")


def check_response_status(response: Response) -> Outcome:
    """RFC 6960 §2.3, §3.2: only a successful response says anything about a certificate."""
    match response:
        case UnsuccessfulResponse(code, None):
            return Failed(Reason.STATUS_UNKNOWN_CODE, f"the response status is {_number(code)}, which no RFC assigns")
        case UnsuccessfulResponse(code, ResponseStatus() as status):
            return Failed(_REASON_OF_STATUS[status], f"the responder answered {status.value} ({code})")
        case MalformedResponse(status=None):
            return Skipped("no status can be read")
        case _:
            return Passed("successful (0)")


def check_version(evidence: Evidence) -> Outcome:
    """RFC 6960 §4.2.1: the only version is v1, encoded as 0."""
    version = evidence.response.version
    if version != 0:
        return Failed(Reason.VERSION_UNSUPPORTED, f"the version is {_number(version)}, the only one is 0 (v1)")
    return Passed("v1")


def check_responses_present(evidence: Evidence) -> Outcome:
    """RFC 6960 §4.2.1: a response is about at least one certificate."""
    count = len(evidence.response.responses)
    if not count:
        return Failed(Reason.NO_SINGLE_RESPONSES, "the list of responses is empty")
    return Passed(f"entries: {count}")


def check_embedded_certificates(evidence: Evidence) -> Outcome:
    """RFC 6960 §4.2.1: certs holds certificates; strict decoders reject the response for one that is none."""
    certificates = evidence.response.certificates
    for position, der in enumerate(certificates, start=1):
        certificate = decode_certificate(der)
        if isinstance(certificate, UnreadableCertificate):
            return Failed(Reason.MALFORMED, f"embedded certificate {position}: {certificate.detail}")
    return Passed(f"embedded: {len(certificates)}")


def check_fractional_seconds(evidence: Evidence) -> Outcome:
    """RFC 6960 §4.2.2.1 with RFC 5280 §4.1.2.5.2: GeneralizedTime has no fractions of a second."""
    response = evidence.response
    moments = [response.produced_at]
    for single in response.responses:
        moments += [single.this_update, single.next_update or single.this_update]
        moments += [single.revocation.time] if single.revocation else []
    for moment in moments:
        if moment.microsecond:
            return Failed(Reason.MALFORMED, f"the time {moment.isoformat()} has fractions of a second")
    return Passed("whole seconds")


def _number(number: int) -> str:
    """In digits, or how long it is: Python writes no more than 4300 digits, DER has no limit."""
    bits = number.bit_length()
    return str(number) if bits <= 64 else f"a number of {bits} bits"
