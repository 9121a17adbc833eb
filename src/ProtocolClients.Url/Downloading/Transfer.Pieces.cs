using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>What is wrong of a content by the checksums of its pieces is fetched again, and nothing else.</summary>
internal sealed partial class Transfer
{
    /// <summary>Finds the pieces that are wrong and makes them missing again.</summary>
    /// <returns>False when nothing is to be won that way: the failure stands.</returns>
    private async Task<bool> TryMendAsync(IntegrityException failure, CancellationToken cancellationToken)
    {
        if (_proof.Pieces is not { } pieces || !pieces.Fits(Total)) return false;
        RangeSet wrong = await _proof.WrongAsync(_file.Handle, Total!.Value, cancellationToken).ConfigureAwait(false);

        // All of it is another content, none of it a list that contradicts itself: neither is damage.
        if (wrong.Bytes == 0 || wrong.Bytes == Total || !pieces.MayAskAgain(wrong, _plan.Sources)) return false;
        UrlLog.Mends(_tools.Logger, _plan.Path, wrong.Bytes, failure.Message);
        lock (_stateGate)
        {
            _contents++;
            _queue = null;
            _here = wrong.Missing(Total.Value);
            foreach (ByteRange range in wrong.Ranges) _safe.Remove(range.Start, range.End);
            Written = _here.Prefix;
        }

        _proof.Hasher?.Reset();
        return true;
    }
}
