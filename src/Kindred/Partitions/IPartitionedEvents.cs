using Kindred.Data;

namespace Kindred.Partitions;

/// <summary>Events cut by users, to train on: all of a folder, or the training part of each partition.</summary>
internal interface IPartitionedEvents
{
    /// <summary>Short name, for reports.</summary>
    string Name { get; }

    /// <summary>Identifies the items and how the events were cut.</summary>
    string Fingerprint { get; }

    /// <summary>Number of partitions.</summary>
    int Count { get; }

    /// <summary>Of all partitions.</summary>
    long Users { get; }

    /// <summary>Of all partitions, before they were split.</summary>
    long Events { get; }

    Vocabulary Items { get; }

    /// <summary>[items]</summary>
    Catalog ItemCatalog { get; }

    /// <summary>Reads the events of one partition into memory.</summary>
    /// <exception cref="InputException">The partition is damaged.</exception>
    Partition Read(int partition);
}
