using Kindred.Partitions;

namespace Kindred.Cluster;

/// <summary>The partitions of a job, open until it is disposed of.</summary>
internal sealed class JobData : IDisposable
{
    /// <exception cref="InputException">They cannot be read.</exception>
    public JobData(ClusterJob job)
    {
        Folder = PartitionedFolder.Open(job.Data);
        Split = job.Split is null ? null : new(Folder, SplitPlan.Parse(job.Split));
        Events = Split?.Training ?? Folder;
    }

    public PartitionedFolder Folder { get; }

    /// <summary>Null: all events are learned from.</summary>
    public PartitionedSplit? Split { get; }

    /// <summary>What is learned from.</summary>
    public IPartitionedEvents Events { get; }

    public void Dispose() => Folder.Dispose();
}
