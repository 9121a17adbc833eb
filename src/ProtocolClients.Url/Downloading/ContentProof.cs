using Microsoft.Win32.SafeHandles;

namespace ProtocolClients;

/// <summary>What a content is held against: checksums of the whole, computed while it comes, and those of its pieces.</summary>
internal sealed class ContentProof(TransferPlan plan) : IDisposable
{
    /// <summary>The running hashes; null without checksums of the whole.</summary>
    public ContentHasher? Hasher { get; } = plan.Checksums.Count > 0 ? new ContentHasher(plan.Checksums) : null;

    /// <summary>The pieces; null without.</summary>
    public PieceLedger? Pieces { get; } = plan.Pieces is null ? null : new PieceLedger(plan.Pieces);

    /// <summary>Whether there is anything that a content of this length can be held against.</summary>
    public bool HasAny(long? total) => Hasher is not null || Pieces?.Fits(total) == true;

    /// <summary>Hashes what lies in the file already.</summary>
    public Task CatchUpAsync(SafeFileHandle file, long written, CancellationToken cancellationToken)
    {
        if (Hasher is not { } hasher || hasher.Position == written) return Task.CompletedTask;
        if (hasher.Position > written) hasher.Reset();
        return Task.Run(() => hasher.CatchUp(file, written, cancellationToken), cancellationToken);
    }

    /// <summary>What is wrong with the whole content, by its own checksums, or by those of its pieces when it has none.</summary>
    public async Task<IntegrityException?> FaultAsync(SafeFileHandle file, long total, CancellationToken cancellationToken)
    {
        if (Hasher is null)
        {
            RangeSet wrong = await WrongAsync(file, total, cancellationToken).ConfigureAwait(false);
            return wrong.Bytes == 0 ? null : new IntegrityException($"{wrong.Bytes} bytes are not those of the announced checksums of their pieces.") { Delivery = Delivery.Answered };
        }

        await CatchUpAsync(file, total, cancellationToken).ConfigureAwait(false);
        try
        {
            Hasher.Verify();
            return null;
        }
        catch (IntegrityException failure)
        {
            return failure;
        }
    }

    /// <summary>The pieces that are wrong.</summary>
    public Task<RangeSet> WrongAsync(SafeFileHandle file, long total, CancellationToken cancellationToken) =>
        Task.Run(() => Pieces!.WrongOf(file, total, cancellationToken), cancellationToken);

    /// <summary>The content begins anew.</summary>
    public void Reset()
    {
        Hasher?.Reset();
        Pieces?.Clear();
    }

    public void Dispose() => Hasher?.Dispose();
}
