using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>One of many files on its way to the server: with its time, as long as the server sets times.</summary>
internal sealed class FileStore(FtpClient client)
{
    private volatile bool _setsNoTimes;

    public async ValueTask<TransferResult> StoreAsync(string local, FtpPath remote, FtpTransferOptions options, bool isFree, CancellationToken cancellationToken)
    {
        if (options.KeepTime && !_setsNoTimes)
        {
            try
            {
                return await client.StoreAsync(local, remote, options, isFree, cancellationToken).ConfigureAwait(false);
            }
            catch (CapabilityMissingException)
            {
                // It is there and waits for its name: it gets it without its time, and those after it too.
                _setsNoTimes = true;
            }
        }

        return await client.StoreAsync(local, remote, options.KeepTime ? options with { KeepTime = false } : options, isFree, cancellationToken).ConfigureAwait(false);
    }
}
