using System.Globalization;
using System.IO.Compression;
using System.Net.Sockets;
using System.Security.Authentication;

namespace ProtocolClients.Testing;

/// <summary>One transfer: its data connection from the opening to the last reply.</summary>
internal sealed class FtpTransfer(
    MockFtpCall call, FtpDataPort? port, FtpReplyWriter replies, MockFtpServerOptions options, int level, Action<string> note)
{
    /// <summary>Whether the session ends with it.</summary>
    public bool IsFatal { get; private set; }

    /// <summary>What is said when it went well.</summary>
    public string Done { get; init; } = "Transfer complete.";

    /// <summary>The file that it is about: closed before the last reply.</summary>
    public IAsyncDisposable? Opened { get; init; }

    /// <summary>Opens the data connection, says so, moves what there is, closes, and says how it ended.</summary>
    public async Task RunAsync(string opening, Func<Stream, CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        try
        {
            FtpDataConnection? data = await OpenAsync(cancellationToken).ConfigureAwait(false);
            if (data is null) return;
            (int Code, string Text) end;
            try
            {
                data.Serve(call.HasArgument ? call.Verb + " " + call.Value : call.Verb);
                await replies.ReplyAsync(call, 150, opening).ConfigureAwait(false);
                if (await SecureAsync(data, cancellationToken).ConfigureAwait(false) is { } refusal)
                {
                    end = refusal;
                }
                else
                {
                    await MoveAsync(new FtpDataStream(data.Stream, call, cancellationToken), body, cancellationToken).ConfigureAwait(false);
                    call.DataEndedInOrder = data.EndedInOrder;
                    end = (226, Done);
                }
            }
            catch (OperationCanceledException)
            {
                end = (426, "Transfer aborted.");
            }
            catch (FtpCutException cut)
            {
                end = (0, cut.Reply);
            }
            catch (FtpDiskException failure)
            {
                note(failure.InnerException!.Message);
                end = (550, DiskRefusal.Told(failure.InnerException!));
            }
            catch (InvalidDataException failure)
            {
                end = (451, "Not what mode Z sends: " + failure.Message);
            }
            catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException)
            {
                end = (426, "Connection closed; transfer aborted: " + failure.Message);
            }
            finally
            {
                if (Opened is not null) await Opened.DisposeAsync().ConfigureAwait(false);
                if (cancellationToken.IsCancellationRequested) await data.ResetAsync().ConfigureAwait(false);
                else await data.CloseAsync().ConfigureAwait(false);
            }

            note(string.Create(CultureInfo.InvariantCulture, $"data: {call.DataBytes} bytes"));
            if (end.Code == 0) await replies.AnswerAsync(call, end.Text).ConfigureAwait(false);
            else await replies.ReplyAsync(call, end.Code, end.Text).ConfigureAwait(false);
        }
        finally
        {
            if (Opened is not null) await Opened.DisposeAsync().ConfigureAwait(false);
            call.Finish();
        }
    }

    // In mode Z what passes is one zlib stream (draft-preston-ftpext-deflate); offsets are of what is in it.
    private async Task MoveAsync(FtpDataStream data, Func<Stream, CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        if (call.Mode == 'S')
        {
            await body(data, cancellationToken).ConfigureAwait(false);
            return;
        }

        Stream deflate = call.Verb is "STOR" or "APPE" or "STOU"
            ? new FtpInflateStream(data)
            : new ZLibStream(data, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen: true);
        await body(deflate, cancellationToken).ConfigureAwait(false);

        // Its end is written here, and only here: of what was cut there is none.
        await deflate.DisposeAsync().ConfigureAwait(false);
    }

    // What refuses the data connection; null when it may be used.
    private async Task<(int Code, string Text)?> SecureAsync(FtpDataConnection data, CancellationToken cancellationToken)
    {
        if (!call.IsDataProtected) return null;
        try
        {
            await data.StartTlsAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is AuthenticationException or InvalidDataException)
        {
            return (425, "TLS failed on the data connection: " + failure.Message);
        }

        call.IsDataTls = true;
        call.IsDataTlsResumed = data.IsTlsResumed;
        if (!options.RequireTlsReuse || data.IsTlsResumed) return null;
        IsFatal = true;
        return (522, "SSL connection failed: session reuse required");
    }

    private async Task<FtpDataConnection?> OpenAsync(CancellationToken cancellationToken)
    {
        if (options.RequireProtectedData && !call.IsDataProtected)
        {
            port?.Dispose();
            await replies.ReplyAsync(call, 522, "Data is to be protected here; send PROT P.").ConfigureAwait(false);
            return null;
        }

        if (port is null)
        {
            await replies.RefuseAsync(call, 425, "PASV, EPSV, PORT or EPRT comes before.").ConfigureAwait(false);
            return null;
        }

        // A test that drives time counts its timers: there is one only for a client that is late.
        TimeSpan most = port.HasArrived ? Timeout.InfiniteTimeSpan : options.DataConnectTimeout;
        using var deadline = new CancellationTokenSource(most, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            FtpDataConnection data = await port.OpenAsync(either.Token).ConfigureAwait(false);
            port.Close();
            return data;
        }
        catch (Exception failure) when (failure is OperationCanceledException or SocketException)
        {
            port.Dispose();
            bool isAborted = cancellationToken.IsCancellationRequested;
            await replies.ReplyAsync(call, isAborted ? 426 : 425, "There is no data connection: " + failure.Message).ConfigureAwait(false);
            return null;
        }
    }
}
