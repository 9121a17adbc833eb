using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>How far a hop is with proving its connection to one party.</summary>
/// <param name="by">The identity.</param>
/// <param name="line">The connection.</param>
/// <param name="host">The party's host: whom the proof is for.</param>
/// <param name="tls">Whether the connection is one over TLS.</param>
internal sealed class ConnectionProof(ConnectionAuthenticator by, HttpLine line, string host, bool tls) : IDisposable
{
    /// <summary>A server that goes on asking is left.</summary>
    private const int MostSteps = 8;

    private NegotiateHandshake? _handshake;
    private string? _field;
    private int _connection;
    private int _steps;
    private bool _begunAnew;

    /// <summary>The value of the field for the next request; null when the connection is proved, or must be there before it can be.</summary>
    public string? Field
    {
        get
        {
            if (_handshake is null)
            {
                // A proof over TLS is bound to the certificate: the connection comes first.
                if (line.IsProven || (line.Connection == 0 && tls)) return null;
                Begin();
            }

            return _field;
        }
    }

    /// <summary>Takes a challenge; false when there is nothing more to say to it.</summary>
    public bool Continue(AuthenticationChallenge challenge)
    {
        if (++_steps > MostSteps) return false;
        if (challenge.Token is { } token && _handshake is not null)
        {
            // The connection of the first message was perhaps dialed for it.
            _connection = line.Connection;
            return (_field = _handshake.NextField(token)) is not null;
        }

        // Asked from the beginning: the connection was another one, or this was a refusal.
        bool refused = _handshake is not null && (_begunAnew || _connection == line.Connection);
        line.ProvenOn = 0;
        if (refused) return false;
        _begunAnew = _handshake is not null;
        Begin();
        return _field is not null;
    }

    /// <summary>The server is content; false when its own last message is not what it must be.</summary>
    public bool Complete(AuthenticationChallenge? last)
    {
        if (_handshake is null) return true;
        if (!_handshake.Complete(last?.Token)) return false;
        line.ProvenOn = line.Connection;
        return true;
    }

    public void Dispose() => _handshake?.Dispose();

    private void Begin()
    {
        _handshake?.Dispose();
        _handshake = by.Begin(host, line.Binding);
        _connection = line.Connection;
        _field = _handshake.NextField();
    }
}
