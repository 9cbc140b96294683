using System.Runtime.InteropServices;
using Kindred.Numerics;
using Kindred.Partitions;

namespace Kindred.Cluster;

/// <summary>Summaries of the users of partitions, as bytes between silos: behind one another in any order.</summary>
internal static class UserSummaries
{
    public static byte[] Write(IReadOnlyDictionary<int, UserSummary> users)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        foreach (var (partition, user) in users)
        {
            writer.Write(partition);
            writer.Write(user.Largest);
            writer.Write(user.Longest);
            writer.Write(user.Loss);
            writer.Write(MemoryMarshal.AsBytes(user.Gram.Values.Span));
        }
        writer.Flush();
        return stream.ToArray();
    }

    /// <returns>In the order of partitions.</returns>
    public static IReadOnlyList<UserSummary> Read(byte[] data, int dimensions)
    {
        var all = new SortedDictionary<int, UserSummary>();
        using var reader = new BinaryReader(new MemoryStream(data));
        while (reader.BaseStream.Position < data.Length)
        {
            int partition = reader.ReadInt32();
            float largest = reader.ReadSingle(), longest = reader.ReadSingle();
            double loss = reader.ReadDouble();
            var gram = new Matrix(dimensions, dimensions);
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(gram.Values.Span));
            all.Add(partition, new(gram, largest, longest, loss));
        }
        return [.. all.Values];
    }
}
