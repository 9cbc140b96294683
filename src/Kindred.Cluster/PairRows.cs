using System.Runtime.InteropServices;
using Kindred.Partitions;

namespace Kindred.Cluster;

/// <summary>What targets share with other items, as bytes between silos.</summary>
internal static class PairRows
{
    public static byte[] Write(IReadOnlyList<PairRow> rows)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(rows.Count);
        foreach (var row in rows)
        {
            writer.Write(row.Others.Length);
            writer.Write(row.Counts.Length);
            writer.Write(MemoryMarshal.AsBytes(row.Others.AsSpan()));
            writer.Write(MemoryMarshal.AsBytes(row.Sums.AsSpan()));
            writer.Write(MemoryMarshal.AsBytes(row.Counts.AsSpan()));
        }
        writer.Flush();
        return stream.ToArray();
    }

    public static PairRow[] Read(byte[] data)
    {
        using var reader = new BinaryReader(new MemoryStream(data));
        T[] Numbers<T>(int count) where T : unmanaged
        {
            var numbers = new T[count];
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan()));
            return numbers;
        }
        var rows = new PairRow[reader.ReadInt32()];
        for (int n = 0; n < rows.Length; n++)
        {
            int others = reader.ReadInt32(), counts = reader.ReadInt32();
            rows[n] = new(Numbers<int>(others), Numbers<long>(others), Numbers<int>(counts));
        }
        return rows;
    }
}
