using Kindred.Storage;

namespace Kindred.Cluster;

/// <summary>A silo's share of what is made of each partition by itself: a piece of each of its own.</summary>
internal abstract class PartitionPieces(SiloContext context) : ISiloWork
{
    public Task<byte[]> Carry(Order order)
    {
        if (order.Work != Work.Pieces) return Task.FromResult<byte[]>([]);
        var pieces = context.Attempt.Pieces;
        foreach (int partition in context.Own.Where(partition => !pieces.HasPiece(partition)))
        {
            context.Stop.ThrowIfCancellationRequested();
            var save = Make(partition);
            SiloContext.Keeping(() => pieces.KeepPiece(partition, save));
        }
        return Task.FromResult<byte[]>([]);
    }

    public abstract void Dispose();

    /// <returns>Writes what was made.</returns>
    protected abstract Action<TensorWriter> Make(int partition);
}
