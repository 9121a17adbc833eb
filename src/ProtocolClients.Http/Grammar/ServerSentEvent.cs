namespace ProtocolClients;

/// <summary>One event of an event stream (WHATWG HTML §9.2).</summary>
/// <param name="Type">What kind it is: the <c>event</c> field, else <c>message</c>.</param>
/// <param name="Data">The <c>data</c> fields, joined by LF.</param>
/// <param name="LastEventId">The last <c>id</c> of the stream so far, this event's included; empty when there was none.</param>
public sealed record ServerSentEvent(string Type, string Data, string LastEventId);
