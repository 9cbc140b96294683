using Kindred.Partitions;
using Kindred.Snapshots;

namespace Kindred.Cluster;

/// <summary>A silo's share of the lists of all users: those of its partitions.</summary>
internal sealed class ListsWork(ListsTask task, SiloContext context) : ISiloWork
{
    private readonly PartitionedFolder _data = PartitionedFolder.Open(context.Attempt.Job.Data);
    private readonly Snapshot _snapshot = Snapshot.Open(context.Attempt.Job.Model);

    public Task<byte[]> Carry(Order order)
    {
        if (order.Work != Work.Pieces) return Task.FromResult<byte[]>([]);
        var recommender = Recommender.From(_snapshot);
        var pieces = context.Attempt.Pieces;
        foreach (int partition in context.Own.Where(partition => !pieces.HasPiece(partition)))
        {
            using var read = _data.Read(partition);
            var lists = PartitionLists.Of(recommender.For(read.Data), read.Data.Users.Count, task.Request, context.Threads, context.Stop);
            SiloContext.Keeping(() => pieces.KeepPiece(partition, lists.Save));
        }
        return Task.FromResult<byte[]>([]);
    }

    public void Dispose()
    {
        _snapshot.Dispose();
        _data.Dispose();
    }
}
