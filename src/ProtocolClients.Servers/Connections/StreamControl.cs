namespace ProtocolClients.Servers;

/// <summary>Control of a stream that says nothing about itself: an abort disposes it, a half-close is refused.</summary>
internal sealed class StreamControl(Stream stream) : IConnectionControl
{
    public void Abort() => stream.Dispose();

    public void CompleteWrites() =>
        throw new NotSupportedException($"A {stream.GetType().Name} cannot end one direction alone: it is no {nameof(IConnectionControl)}.");
}
