using System.Collections.Concurrent;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// The name under which the platform keeps the TLS session of one control connection, so that its data connections resume that session and no
/// other. Servers that require it keep the sessions of each control connection in a process of its own (vsftpd), the platform one session a
/// name: with one name for all, the data of the first connection would offer the session of the last. A host has no case (RFC 4343), so
/// its upper and lower letters make names enough, the spelling in lower case left to the other clients of this process (an HTTPS request to
/// the same host once took the place of a control connection's session); an address, which the platform keeps no session for, gets a name
/// that is none.
/// </summary>
internal sealed class TlsSession : IDisposable
{
    private static readonly ConcurrentDictionary<string, Slots> Hosts = new(StringComparer.OrdinalIgnoreCase);

    private readonly Slots? _slots;
    private readonly int _slot;
    private int _returned;

    private TlsSession(string? name, Slots? slots, int slot)
    {
        Name = name;
        _slots = slots;
        _slot = slot;
    }

    /// <summary>No TLS, no name.</summary>
    public static TlsSession None { get; } = new(null, null, 0);

    /// <summary>The name for the handshakes; null for none of its own.</summary>
    public string? Name { get; }

    /// <summary>A name for one control connection; given back when it is disposed.</summary>
    /// <param name="host">The host whose certificate is expected: a name or an address.</param>
    public static TlsSession Rent(string host)
    {
        bool isAddress = AddressLiteral.TryParse(host, out _);
        Slots slots = Hosts.GetOrAdd(host, static _ => new Slots());
        int most = isAddress ? int.MaxValue : Math.Max(1, (1 << Math.Min(host.Count(char.IsAsciiLetter), 16)) - 1);
        int slot = slots.Take(most);
        return new TlsSession(isAddress ? OfAddress(host, slot) : OfHost(host.ToLowerInvariant(), slot + 1), slots, slot);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0) _slots?.Return(_slot);
    }

    private static string OfHost(string host, int spelling) => string.Create(host.Length, (host, spelling), static (name, state) =>
    {
        int letter = 0;
        for (int i = 0; i < name.Length; i++)
        {
            char c = state.host[i];
            name[i] = char.IsAsciiLetter(c) && ((state.spelling >> letter++) & 1) != 0 ? (char)(c ^ 0x20) : c;
        }
    });

    private static string OfAddress(string address, int slot) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"c{slot}-{string.Concat(address.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'))}.ip.invalid");

    /// <summary>The names of one host that are in use in this process.</summary>
    private sealed class Slots
    {
        private readonly List<int> _uses = [];

        /// <summary>The first free one; when all are taken, the first.</summary>
        public int Take(int most)
        {
            lock (_uses)
            {
                int slot = _uses.IndexOf(0);
                if (slot < 0 && _uses.Count < most)
                {
                    slot = _uses.Count;
                    _uses.Add(0);
                }

                slot = Math.Max(slot, 0);
                _uses[slot]++;
                return slot;
            }
        }

        public void Return(int slot)
        {
            lock (_uses) _uses[slot]--;
        }
    }
}
