using System.Net.Sockets;

namespace ProtocolClients;

/// <summary>One piece of a file on its way from the file to a socket, by the kernel (sendfile).</summary>
internal sealed class FileSend : SocketAsyncEventArgs
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FileSend(FileStream file, long offset, int count)
    {
        SendPacketsElements = [new SendPacketsElement(file, offset, count)];
        SendPacketsSendSize = -1;
    }

    public async Task RunAsync(Socket socket, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!socket.SendPacketsAsync(this)) OnCompleted(this);
        try
        {
            await _done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // There is no other way to end a send; what was being sent is given up with it.
            socket.Dispose();
            await _done.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        if (SocketError == SocketError.Success) _done.TrySetResult();
        else _done.TrySetException(new SocketException((int)SocketError));
    }
}
