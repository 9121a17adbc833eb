using System.Globalization;

namespace ProtocolClients.Testing;

internal sealed partial class FtpServerSession
{
    private bool _hasBufferSize;
    private bool _isDataProtected;

    private bool IsTls => Connection.Tls is not null;

    /// <summary>AUTH (RFC 4217 §4, §12.1): after it a session begins anew.</summary>
    public async Task SecureAsync(MockFtpCall call)
    {
        if (IsTls)
        {
            await RefuseAsync(call, 503, "There is TLS already.").ConfigureAwait(false);
            return;
        }

        if (!Options.OffersTls)
        {
            await ReplyAsync(call, 502, "There is no TLS here.").ConfigureAwait(false);
            return;
        }

        if (call.Value.ToUpperInvariant() is not ("TLS" or "TLS-C" or "SSL"))
        {
            await ReplyAsync(call, 504, "Not this mechanism.").ConfigureAwait(false);
            return;
        }

        if (_reader.Buffered > 0)
        {
            // Taken for commands under TLS these would be what somebody in between put in.
            call.Problem = "Plain text came behind AUTH; it was thrown away.";
            _reader.Discard();
        }

        await ReplyAsync(call, 234, "Begin TLS.").ConfigureAwait(false);
        await LogOutAsync(endTls: false).ConfigureAwait(false);
        _hasBufferSize = _isDataProtected = false;
        await Connection.StartTlsAsync(Lifetime).ConfigureAwait(false);
    }

    public Task BufferSizeAsync(MockFtpCall call)
    {
        if (!IsTls) return RefuseAsync(call, 503, "PBSZ comes after AUTH.");
        if (!uint.TryParse(call.Value, NumberStyles.None, CultureInfo.InvariantCulture, out _)) return RefuseAsync(call, 501, "PBSZ takes a number.");
        _hasBufferSize = true;
        return ReplyAsync(call, 200, "PBSZ=0");
    }

    public Task ProtectAsync(MockFtpCall call)
    {
        if (!_hasBufferSize) return RefuseAsync(call, 503, "PROT comes after PBSZ.");
        switch (call.Value.ToUpperInvariant())
        {
            case "C" when Options.RequireProtectedData:
                return ReplyAsync(call, 534, "Data is to be protected here.");
            case "C" or "P":
                _isDataProtected = call.Value is "P" or "p";
                return ReplyAsync(call, 200, _isDataProtected ? "Data is protected." : "Data is clear.");
            case "S" or "E":
                return ReplyAsync(call, 536, "TLS has no such level.");
            default:
                return RefuseAsync(call, 504, "No such level.");
        }
    }

    /// <summary>CCC (RFC 4217 §12.3): the control connection goes on in plain text.</summary>
    public async Task ClearAsync(MockFtpCall call)
    {
        if (!IsTls)
        {
            await RefuseAsync(call, 533, "There is no TLS to end.").ConfigureAwait(false);
            return;
        }

        if (Options.RequireTls)
        {
            await ReplyAsync(call, 534, "TLS is to stay here.").ConfigureAwait(false);
            return;
        }

        await ReplyAsync(call, 200, "TLS ends.").ConfigureAwait(false);
        await Connection.StopTlsAsync(Lifetime).ConfigureAwait(false);
    }
}
