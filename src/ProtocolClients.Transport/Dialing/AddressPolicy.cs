using System.Net;

namespace ProtocolClients;

/// <summary>
/// Decides between name resolution and connect which addresses may be dialed: against requests that a server or a user
/// steers to internal hosts, and against names that are rebound. Asked again for every redirect and every dial.
/// </summary>
public abstract class AddressPolicy
{
    /// <summary>Every address may be dialed.</summary>
    public static AddressPolicy Any { get; } = new AnyPolicy();

    /// <summary>True when an address may be dialed.</summary>
    /// <param name="address">The address, IPv4-mapped ones already unmapped.</param>
    /// <param name="port">The port.</param>
    public abstract bool Allows(IPAddress address, int port);

    private sealed class AnyPolicy : AddressPolicy
    {
        public override bool Allows(IPAddress address, int port) => true;
    }
}
