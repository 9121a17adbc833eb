using System.Runtime.CompilerServices;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>One connection, from the first missing byte to the end.</summary>
internal sealed partial class Transfer
{
    // A connection that brought this much has not failed in vain: the attempts are counted anew.
    private const long WorthAnotherRun = 1024 * 1024;

    private ValueTask FetchStreamAsync(CancellationToken cancellationToken) =>
        _plan is { Sources: [{ IsWrong: false } only], Servers: null } ? FetchFromAsync(only, cancellationToken) : FetchFromAnyAsync(cancellationToken);

    private async ValueTask FetchFromAnyAsync(CancellationToken cancellationToken)
    {
        Source[] sources = [.. _plan.Sources.Where(static source => !source.IsWrong)];
        for (int i = 0; i < sources.Length; i++)
        {
            try
            {
                await FetchFromAsync(sources[i], cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ProtocolClientException failure)
            {
                _plan.Servers?.Failed(sources[i].Url, failure);
                if (i == sources.Length - 1) throw;
                UrlLog.NextSource(_tools.Logger, sources[i].Shown, sources[i + 1].Shown, failure.Message);
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FetchFromAsync(Source source, CancellationToken cancellationToken)
    {
        var pace = new Pace(_plan.RateLimits, _plan.LowSpeed, _tools.Time, source.EndPoint, _plan.HostRateLimits, _plan.Quota);
        while (true)
        {
            long before = Written;
            try
            {
                await _tools.Resilience.RunAsync(
                    Replay.Always,
                    source.EndPoint,
                    static (state, token) => state.Transfer.AttemptAsync(state.Source, state.Pace, token),
                    (Transfer: this, Source: source, Pace: pace),
                    static state => state.Transfer.Written,
                    cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ProtocolClientException failure) when (_tools.MayRunAgain(failure) && Written - before >= WorthAnotherRun)
            {
                UrlLog.GoesOn(_tools.Logger, source.Shown, Written, failure.Message);
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> AttemptAsync(Source source, Pace pace, CancellationToken cancellationToken)
    {
        if (TakeOpened(source) is { } opened)
        {
            await CopyAsync(source, opened, pace, cancellationToken).ConfigureAwait(false);
            return true;
        }

        CountAttempt();
        string? validator = source.Validator ?? _plan.Sources.FirstOrDefault(static known => known.SharedValidator is not null)?.SharedValidator;
        bool provable = validator is not null || _plan.IsProvenByChecksum(Total);
        // All is here, but the process ended before it could say so: there is no part behind the end that could be asked for, so the last
        // byte is fetched again, to see that the content is still the same.
        if (provable && Written == Total && Written > 0) Written--;
        UrlContent content;
        try
        {
            content = await source.OpenAsync(provable ? Written : 0, null, validator, cancellationToken).ConfigureAwait(false);
        }
        catch (WireFormatException failure) when (failure is not WireLimitException && provable && Written > 0)
        {
            // It cannot speak of parts; of the whole it may.
            UrlLog.BeginsAnew(_tools.Logger, _plan.Path, failure.Message);
            Restart();
            CountAttempt();
            content = await source.OpenAsync(0, null, null, cancellationToken).ConfigureAwait(false);
        }

        await CopyAsync(source, content, pace, cancellationToken).ConfigureAwait(false);
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask CopyAsync(Source source, UrlContent content, Pace pace, CancellationToken cancellationToken)
    {
        await using (content.ConfigureAwait(false))
        {
            Begin(source, content);
            pace.Answers(content.FinalUrl);
            await CatchUpAsync(cancellationToken).ConfigureAwait(false);
            long start = Written;
            long began = _tools.Time.GetTimestamp();
            try
            {
                await CopyLoop.CopyAsync(content.Stream, _file.Handle, Written, content.Length, _proof.Hasher, pace, Progressed, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _proof.Pieces?.Gave(source, start, Written);
                if (!pace.IsLimited) _plan.Servers?.Measured(source.Url, Written - start, _tools.Time.GetElapsedTime(began));
            }
        }

        Total = _plan.EndOf(Written, Total);
    }

    private void Begin(Source source, UrlContent content)
    {
        if (content.Offset == 0)
        {
            if (Written > 0)
            {
                UrlLog.BeginsAnew(_tools.Logger, _plan.Path, "the source has another content by now, or gives no parts of it");
                Restart();
            }
        }
        else if (content.Offset != Written || (Total is not null && content.Total is not null && content.Total != Total))
        {
            throw new WireFormatException("The content goes on at another byte than was asked for, or to another end.") { Endpoint = source.EndPoint };
        }

        Adopt(source, content, content.Offset == 0 ? content.Length : content.Total ?? (content.Length + content.Offset));
        SaveSequential();
        _meter.Begin(Written, Total);
    }

    private void Progressed(long written)
    {
        Written = written;
        if (written > _plan.MaxLength) throw TooLong();
        if (_meter.IsListenedTo) _meter.Moved(written, Total);
    }
}
