namespace ProtocolClients;

/// <summary>A body that gives its request's slot back when it is read to the end, or closed.</summary>
internal sealed class LimitedContent(HttpContent inner, HostSlot slot) : RelayedContent(inner)
{
    protected override Stream Over(Stream inner) => new SlotStream(inner, slot);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) slot.Dispose();
    }

    private sealed class SlotStream(Stream inner, HostSlot slot) : ForwardStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count == 0 && !buffer.IsEmpty) slot.Dispose();
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
                slot.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
