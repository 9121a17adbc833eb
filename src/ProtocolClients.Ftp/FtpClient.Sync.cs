using ProtocolClients.Transport;

namespace ProtocolClients;

/// <content>One side made like the other.</content>
public sealed partial class FtpClient
{
    /// <summary>
    /// Compares a directory here with one on the server, and says step by step what has to be done so that one is like the other. Nothing is
    /// changed on either side. The plan lies in memory.
    /// </summary>
    /// <param name="local">The directory here. Downwards it may be missing.</param>
    /// <param name="remote">The directory there. Upwards it may be missing.</param>
    /// <param name="options">Direction, comparison, rules; null for the defaults: upwards, nothing is deleted.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DirectoryNotFoundException">Upwards: there is no such directory here.</exception>
    /// <exception cref="FtpReplyException">The directory there cannot be listed, or downwards is not there.</exception>
    /// <exception cref="CapabilityMissingException">Hashes are to be compared, and the server computes none.</exception>
    /// <exception cref="WireLimitException">There are more entries than <see cref="FtpSyncOptions.MaxEntries"/>.</exception>
    public async Task<FtpSyncPlan> PlanSyncAsync(
        string local, FtpPath remote, FtpSyncOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= FtpSyncOptions.Default;
        if (options.Direction == FtpSyncDirection.Up && !Directory.Exists(local)) throw new DirectoryNotFoundException($"There is no directory '{local}'.");
        FtpCapabilities capabilities = await CapabilitiesAsync(cancellationToken).ConfigureAwait(false);
        if (options.Compare == FtpSyncComparison.Hash && FtpHashMethod.Choose(capabilities, null) is null) throw new CapabilityMissingException("HASH") { Endpoint = EndPoint };
        using var planner = new SyncPlanner(this, local, options, capabilities);
        return await planner.PlanAsync(remote, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Does what a plan says, over several connections at once: directories first, then files, and deletions last, and only when nothing failed
    /// before them. A step is done only when the side that it changes is still as the plan saw it, and is left out when it is done already:
    /// a run that broke off is begun again with the same plan, or with a new one.
    /// </summary>
    /// <param name="plan">The plan; all of it or some of its steps.</param>
    /// <param name="options">How files are moved; null for the defaults. What stands in the way is replaced only as the plan says.</param>
    /// <param name="cancellationToken">Ends it; what is done stays.</param>
    /// <exception cref="InvalidOperationException">The plan has more deletions than <see cref="FtpSyncOptions.MaxDelete"/>; nothing was done.</exception>
    public async Task<FtpTreeResult> ApplyAsync(FtpSyncPlan plan, FtpBatchOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return await new SyncRun(this, plan, options ?? FtpBatchOptions.Default).RunAsync(cancellationToken).ConfigureAwait(false);
    }
}
