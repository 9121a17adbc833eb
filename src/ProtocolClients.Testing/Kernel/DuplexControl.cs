using ProtocolClients.Servers;
using ProtocolClients.Transport;

namespace ProtocolClients.Testing;

/// <summary>Resets and half-closes a connection in memory.</summary>
internal sealed class DuplexControl(DuplexStream stream) : IConnectionControl
{
    public void Abort() => stream.Abort();

    public void CompleteWrites() => stream.CompleteWriting();
}
