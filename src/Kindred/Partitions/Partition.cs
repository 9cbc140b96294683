using Kindred.Storage;

namespace Kindred.Partitions;

/// <summary>The events of one partition, in memory until it is disposed of.</summary>
internal sealed class Partition(SealedFolder folder, Interactions data) : IDisposable
{
    /// <summary>With the partition's users and the items of all.</summary>
    public Interactions Data => data;

    /// <summary>A part of the same events; it takes the place of this one.</summary>
    public Partition With(Interactions part) => new(folder, part);

    public void Dispose() => folder.Dispose();
}
