using System.Globalization;
using System.Net.Sockets;

namespace ProtocolClients.Testing;

internal sealed partial class FtpServerSession
{
    private const int Piece = 64 * 1024;

    private Task? _transfer;
    private MockFtpCall? _transferCall;
    private CancellationTokenSource? _abort;

    public Task RetrieveAsync(MockFtpCall call)
    {
        long offset = TakeOffset();
        if (Resolve(call.Value) is not { } key || Tree.File(key) is not { } file) return ReplyAsync(call, 550, "No such file.");
        if (offset > file.Length && _type == 'I') return ReplyAsync(call, 554, "The file ends before that.");
        string opening = string.Create(CultureInfo.InvariantCulture, $"Opening data connection for {call.Value} ({file.Length} bytes).");
        Begin(call, opening, (data, token) => SendFileAsync(file, offset, data, token));
        return Task.CompletedTask;
    }

    public Task StoreAsync(MockFtpCall call)
    {
        long offset = TakeOffset();
        string? key = call.Verb == "STOU" ? UniqueKey() : Resolve(call.Value);
        if (key is null || !Tree.CanStore(key)) return ReplyAsync(call, 553, "No file can be put there.");
        long length = Tree.File(key)?.Length ?? 0;
        if (call.Verb == "APPE") offset = length;
        if (offset > length) return ReplyAsync(call, 554, "The file ends before that.");

        // RFC 1123 §4.1.2.9: the name stands in the reply in this form and no other.
        string opening = call.Verb == "STOU" ? "FILE: " + key[(key.LastIndexOf('/') + 1)..] : "Ok to send data.";
        Begin(call, opening, (data, token) => ReceiveFileAsync(key, offset, data, token));
        return Task.CompletedTask;
    }

    public async Task AbortAsync(MockFtpCall call)
    {
        await EndTransferAsync().ConfigureAwait(false);
        SetPort(null);
        await ReplyAsync(call, 226, "Nothing is being transferred.").ConfigureAwait(false);
    }

    private long TakeOffset()
    {
        long offset = _offset;
        _offset = 0;
        return offset;
    }

    private string? UniqueKey()
    {
        for (int i = 1; ; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"ftp.{i:0000}");
            if (Resolve(name) is { } key && Tree.Find(key) is null) return key;
        }
    }

    private void Begin(MockFtpCall call, string opening, Func<Stream, CancellationToken, Task> body)
    {
        FtpDataPort? port = _port;
        _port = null;
        _abort?.Dispose();
        _abort = new CancellationTokenSource();
        _transferCall = call;
        _transfer = TransferAsync(call, port, opening, body, _abort.Token);
    }

    private async Task EndTransferAsync()
    {
        if (_transfer is not { } transfer) return;
        await _abort!.CancelAsync().ConfigureAwait(false);
        await transfer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task TransferAsync(
        MockFtpCall call, FtpDataPort? port, string opening, Func<Stream, CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        try
        {
            FtpDataConnection? data = await OpenAsync(call, port, cancellationToken).ConfigureAwait(false);
            if (data is null) return;
            (int Code, string Text) end;
            try
            {
                data.Serve(call.HasArgument ? call.Verb + " " + call.Value : call.Verb);
                await ReplyAsync(call, 150, opening).ConfigureAwait(false);
                await body(data.Stream, cancellationToken).ConfigureAwait(false);
                end = (226, "Transfer complete.");
            }
            catch (OperationCanceledException)
            {
                end = (426, "Transfer aborted.");
            }
            catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException)
            {
                end = (426, "Connection closed; transfer aborted: " + failure.Message);
            }
            finally
            {
                if (cancellationToken.IsCancellationRequested) await data.ResetAsync().ConfigureAwait(false);
                else await data.CloseAsync().ConfigureAwait(false);
            }

            _connection.Note(string.Create(CultureInfo.InvariantCulture, $"data: {call.DataBytes} bytes"));
            await ReplyAsync(call, end.Code, end.Text).ConfigureAwait(false);
        }
        finally
        {
            call.Finish();
        }
    }

    private async Task<FtpDataConnection?> OpenAsync(MockFtpCall call, FtpDataPort? port, CancellationToken cancellationToken)
    {
        if (port is null)
        {
            await RefuseAsync(call, 425, "PASV, EPSV, PORT or EPRT comes before.").ConfigureAwait(false);
            return null;
        }

        using var deadline = new CancellationTokenSource(_options.DataConnectTimeout, _options.TimeProvider);
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
            await ReplyAsync(call, isAborted ? 426 : 425, "There is no data connection: " + failure.Message).ConfigureAwait(false);
            return null;
        }
    }

    private async Task SendFileAsync(MockFile file, long offset, Stream data, CancellationToken cancellationToken)
    {
        using MockFile.Reader reader = file.Open();
        bool isText = _type == 'A';
        var text = new FtpAscii();
        byte[] piece = new byte[Piece];
        byte[] lines = isText ? new byte[2 * Piece] : piece;
        long at = isText ? 0 : offset;
        long skip = isText ? offset : 0;
        int count;
        while ((count = await reader.ReadAsync(piece, at, cancellationToken).ConfigureAwait(false)) > 0)
        {
            at += count;
            if (isText) count = text.ToNetwork(piece.AsSpan(0, count), lines);
            int start = (int)Math.Min(skip, count);
            skip -= start;
            await SendAsync(data, lines.AsMemory(start, count - start), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(Stream data, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.IsEmpty) return;
        MockFtpCall call = _transferCall!;
        await data.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        call.AddData(bytes.Length);
    }

    private async Task ReceiveFileAsync(string key, long offset, Stream data, CancellationToken cancellationToken)
    {
        MockFtpCall call = _transferCall!;
        bool isText = _type == 'A';
        FtpUpload upload = await Tree.StoreAsync(key, offset, cancellationToken).ConfigureAwait(false);
        await using (upload.ConfigureAwait(false))
        {
            bool isWhole = false;
            try
            {
                var text = new FtpAscii();
                byte[] piece = new byte[Piece];
                byte[] content = isText ? new byte[Piece + 1] : piece;
                int count;
                while ((count = await data.ReadAsync(piece, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    call.AddData(count);
                    if (isText) count = text.FromNetwork(piece.AsSpan(0, count), content);
                    await upload.WriteAsync(content.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                }

                if (isText) await upload.WriteAsync(content.AsMemory(0, text.End(content)), cancellationToken).ConfigureAwait(false);
                isWhole = true;
            }
            finally
            {
                if (isWhole || _options.KeepPartialUploads) await upload.KeepAsync().ConfigureAwait(false);
            }
        }
    }
}
