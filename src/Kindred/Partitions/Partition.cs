using Kindred.Storage;

namespace Kindred.Partitions;

/// <summary>The events of one partition, in memory until it is disposed of.</summary>
internal sealed class Partition(SealedFolder folder, Interactions data) : IDisposable
{
    /// <summary>With the partition's users and the items of all.</summary>
    public Interactions Data => data;

    public void Dispose() => folder.Dispose();
}
