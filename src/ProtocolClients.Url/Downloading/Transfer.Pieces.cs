using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>What is wrong of a content by the checksums of its pieces is fetched again, and nothing else.</summary>
internal sealed partial class Transfer
{
    private readonly PieceLedger? _pieces;

    /// <summary>Finds the pieces that are wrong and makes them missing again.</summary>
    /// <returns>False when nothing is to be won that way: the failure stands.</returns>
    private async Task<bool> TryMendAsync(IntegrityException failure, CancellationToken cancellationToken)
    {
        if (_pieces?.Fits(Total) != true) return false;
        RangeSet wrong = await WrongAsync(_pieces, cancellationToken).ConfigureAwait(false);

        // All of it is another content, none of it a list that contradicts itself: neither is damage.
        if (wrong.Bytes == 0 || wrong.Bytes == Total || !_pieces.MayAskAgain(wrong, _plan.Sources)) return false;
        UrlLog.Mends(_tools.Logger, _plan.Path, wrong.Bytes, failure.Message);
        lock (_stateGate)
        {
            _contents++;
            _queue = null;
            _here = wrong.Missing(Total!.Value);
            foreach (ByteRange range in wrong.Ranges) _safe.Remove(range.Start, range.End);
            Written = _here.Prefix;
        }

        _hasher?.Reset();
        return true;
    }

    private Task<RangeSet> WrongAsync(PieceLedger pieces, CancellationToken cancellationToken) =>
        Task.Run(() => pieces.WrongOf(_file.Handle, Total!.Value, cancellationToken), cancellationToken);
}
