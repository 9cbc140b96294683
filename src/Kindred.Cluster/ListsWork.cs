using Kindred.Snapshots;
using Kindred.Storage;

namespace Kindred.Cluster;

/// <summary>A silo's share of the lists of all users: those of its partitions.</summary>
internal sealed class ListsWork : PartitionPieces
{
    private readonly ListsTask _task;
    private readonly SiloContext _context;
    private readonly JobData _data;
    private readonly Snapshot _snapshot;
    private readonly Recommender _recommender;

    public ListsWork(ListsTask task, SiloContext context) : base(context)
    {
        (_task, _context, _data) = (task, context, new(context.Attempt.Job));
        _snapshot = Snapshot.Open(context.Attempt.Job.Model);
        _recommender = Recommender.From(_snapshot);
    }

    public override void Dispose()
    {
        _snapshot.Dispose();
        _data.Dispose();
    }

    protected override Action<TensorWriter> Make(int partition)
    {
        using var read = _data.Folder.Read(partition);
        return PartitionLists.Of(
            _recommender.For(read.Data), read.Data.Users.Count, _task.Request, _context.Threads, _context.Stop).Save;
    }
}
