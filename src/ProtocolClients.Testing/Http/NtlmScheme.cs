using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace ProtocolClients.Testing;

/// <summary>The server's side of NTLM and of Negotiate with NTLM inside: who is known is a connection, not a request.</summary>
internal sealed class NtlmScheme(IReadOnlyList<(string User, string Password)> users, bool negotiate) : MockAuthentication
{
    private readonly ConcurrentDictionary<long, Handshake> _connections = new();

    internal override IEnumerable<string> Secrets => users.Select(static user => user.Password);

    private string Scheme => negotiate ? "Negotiate" : "NTLM";

    internal override MockVerdict Judge(MockCredential shown)
    {
        Handshake state = _connections.GetOrAdd(shown.Connection, static _ => new Handshake());
        lock (state)
        {
            if (After(shown.Field, Scheme) is not { } text) return state.User is not null ? MockVerdict.In : Asked(state);
            byte[] token = new byte[text.Length];
            if (!Convert.TryFromBase64String(text, token, out int length)) return Asked(state);
            return Step(state, token[..length]);
        }
    }

    private MockVerdict Step(Handshake state, byte[] token)
    {
        byte[]? message = negotiate ? Spnego.FindNtlm(token) : token;
        switch (NtlmMessage.TypeOf(message))
        {
            case 1:
                state.User = null;
                state.Challenge = RandomNumberGenerator.GetBytes(8);
                state.First = message;
                state.Second = NtlmMessage.Challenge(state.Challenge, message!);
                byte[] reply = negotiate ? Spnego.Continue(state.Second) : state.Second;
                return new MockVerdict(false, [$"{Scheme} {Convert.ToBase64String(reply)}"]) { IsLeg = true };
            case 3 when state is { Challenge: not null }:
                state.User = users
                    .Where(user => NtlmMessage.Proves(message!, user.User, user.Password, state.Challenge, state.First!, state.Second!))
                    .Select(static user => user.User).FirstOrDefault();

                // A challenge is answered once.
                state.Challenge = null;
                if (state.User is null) return Asked(state);
                return negotiate ? MockVerdict.In with { Challenges = [$"{Scheme} {Convert.ToBase64String(Spnego.Completed)}"] } : MockVerdict.In;
            default:
                return Asked(state);
        }
    }

    private MockVerdict Asked(Handshake state)
    {
        state.User = null;
        state.Challenge = null;
        return new MockVerdict(false, [Scheme]);
    }

    private sealed class Handshake
    {
        public byte[]? Challenge { get; set; }

        public byte[]? First { get; set; }

        public byte[]? Second { get; set; }

        public string? User { get; set; }
    }
}
