namespace ProtocolClients.Testing;

/// <summary>One end of a connection as a mock server holds it: bytes, and the two ways of ending that a Stream cannot say.</summary>
/// <param name="Stream">The bytes both ways.</param>
/// <param name="Reset">Ends both directions so that the peer sees an error: RST.</param>
/// <param name="CompleteSend">Ends the sending direction so that the peer sees the end: FIN.</param>
internal sealed record Wire(Stream Stream, Action Reset, Action CompleteSend);
