using System.Net;
using System.Net.Sockets;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// Decides between name resolution and connect which addresses may be dialed: against requests that a server or a user
/// steers to internal hosts, and against names that are rebound. Asked again for every redirect and every dial. Part of a
/// connection's key: equal by value.
/// <code>AddressPolicy.PublicOnly.WithAllowed("10.1.0.0/16").WithDenied("203.0.112.0/24")</code>
/// </summary>
public abstract class AddressPolicy
{
    /// <summary>Every address may be dialed.</summary>
    public static AddressPolicy Any { get; } = new AnyPolicy();

    /// <summary>
    /// Only globally reachable unicast addresses, after the IANA special-purpose registries (RFC 6890): no loopback, private,
    /// link-local, shared, documentation, benchmarking, reserved or multicast ones. An address that carries an IPv4
    /// address (6to4, Teredo, NAT64) is judged by what it carries.
    /// </summary>
    public static AddressPolicy PublicOnly { get; } = new PublicPolicy();

    /// <summary>True when an address may be dialed.</summary>
    /// <param name="address">The address, IPv4-mapped ones already unmapped.</param>
    /// <param name="port">The port.</param>
    public abstract bool Allows(IPAddress address, int port);

    /// <summary>
    /// True when a name may be given to a proxy that resolves it: its addresses are then never seen here. A policy says no,
    /// unless the name was allowed by <see cref="WithAllowedNames"/>.
    /// </summary>
    /// <param name="host">The name, in any case, without a trailing dot.</param>
    public virtual bool AllowsRemoteName(string host) => AllowsByName(host);

    /// <summary>The same policy that also allows some networks, whatever it said of them before.</summary>
    /// <param name="networks">Networks (<c>10.1.0.0/16</c>, <c>fd00::/8</c>) or single addresses.</param>
    /// <exception cref="FormatException">Not a network or address in strict form.</exception>
    public AddressPolicy WithAllowed(params ReadOnlySpan<string> networks) => new RangePolicy(this, Parse(networks), allow: true);

    /// <summary>
    /// The same policy that denies some networks, whatever it said of them before; also addresses that carry one of them
    /// (6to4, Teredo, NAT64).
    /// </summary>
    /// <param name="networks">Networks (<c>10.1.0.0/16</c>, <c>fd00::/8</c>) or single addresses.</param>
    /// <exception cref="FormatException">Not a network or address in strict form.</exception>
    public AddressPolicy WithDenied(params ReadOnlySpan<string> networks) => new RangePolicy(this, Parse(networks), allow: false);

    /// <summary>The same policy that also lets a proxy resolve some names.</summary>
    /// <param name="hosts">The exact names, in any case; no patterns.</param>
    public AddressPolicy WithAllowedNames(params ReadOnlySpan<string> hosts)
    {
        string[] names = new string[hosts.Length];
        for (int i = 0; i < hosts.Length; i++)
        {
            ArgumentException.ThrowIfNullOrEmpty(hosts[i], nameof(hosts));
            names[i] = hosts[i].ToLowerInvariant();
        }

        return new NamePolicy(this, ValueList.Create<string>(names));
    }

    /// <summary>True for a name that was allowed by itself: later denials of networks do not take it back.</summary>
    private protected virtual bool AllowsByName(string host) => false;

    private static ValueList<IPNetwork> Parse(ReadOnlySpan<string> texts)
    {
        var networks = new IPNetwork[texts.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            string text = texts[i] ?? throw new ArgumentNullException(nameof(texts));
            int slash = text.IndexOf('/', StringComparison.Ordinal);
            if (!AddressLiteral.TryParse(slash < 0 ? text : text.AsSpan(0, slash), out IPAddress? address)
                || address.IsIPv4MappedToIPv6 // never seen: a policy is asked for the IPv4 address
                || !(slash < 0
                    ? IPNetwork.TryParse($"{address}/{(address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)}", out networks[i])
                    : IPNetwork.TryParse(text, out networks[i]))
                || !networks[i].BaseAddress.Equals(address)) // bits beyond the prefix: one of the two is a mistake
            {
                throw new FormatException($"'{text}' is not a network such as 10.1.0.0/16.");
            }
        }

        return ValueList.Create<IPNetwork>(networks);
    }

    private sealed class AnyPolicy : AddressPolicy
    {
        public override bool Allows(IPAddress address, int port) => true;

        public override bool AllowsRemoteName(string host) => true;

        public override string ToString() => "any";
    }

    private sealed class PublicPolicy : AddressPolicy
    {
        public override bool Allows(IPAddress address, int port) => SpecialAddresses.IsPublic(address);

        public override string ToString() => "public only";
    }

    private sealed class RangePolicy(AddressPolicy inner, ValueList<IPNetwork> networks, bool allow) : AddressPolicy
    {
        private readonly AddressPolicy _inner = inner;
        private readonly ValueList<IPNetwork> _networks = networks;
        private readonly bool _allow = allow;

        public override bool Allows(IPAddress address, int port)
        {
            if (Contains(address)) return _allow;

            // What an address carries can only take a permission away: a tunnel to 10.0.0.1 is not 10.0.0.1.
            return (_allow || !SpecialAddresses.Embedded(address).Any(Contains)) && _inner.Allows(address, port);
        }

        public override bool AllowsRemoteName(string host) =>
            _allow ? _inner.AllowsRemoteName(host) : _inner.AllowsByName(host);

        private protected override bool AllowsByName(string host) => _inner.AllowsByName(host);

        public override bool Equals(object? obj) => obj is RangePolicy other
            && _allow == other._allow && _inner.Equals(other._inner) && _networks.Equals(other._networks);

        public override int GetHashCode() => HashCode.Combine(_inner, _networks, _allow);

        public override string ToString() => $"{_inner}, {(_allow ? "allowed" : "denied")} {_networks}";

        private bool Contains(IPAddress address)
        {
            foreach (IPNetwork network in _networks)
            {
                if (network.Contains(address)) return true;
            }

            return false;
        }
    }

    private sealed class NamePolicy(AddressPolicy inner, ValueList<string> names) : AddressPolicy
    {
        private readonly AddressPolicy _inner = inner;
        private readonly ValueList<string> _names = names;

        public override bool Allows(IPAddress address, int port) => _inner.Allows(address, port);

        public override bool AllowsRemoteName(string host) => AllowsByName(host) || _inner.AllowsRemoteName(host);

        private protected override bool AllowsByName(string host) =>
            _names.Contains(host, StringComparer.OrdinalIgnoreCase) || _inner.AllowsByName(host);

        public override bool Equals(object? obj) => obj is NamePolicy other && _inner.Equals(other._inner) && _names.Equals(other._names);

        public override int GetHashCode() => HashCode.Combine(_inner, _names);

        public override string ToString() => $"{_inner}, allowed by name {_names}";
    }
}
