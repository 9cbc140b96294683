using System.Buffers.Binary;
using System.Text.Json;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Tests.Storage;

public sealed class TensorWriterTests
{
    /// <summary>A reader after the published layout, which knows nothing of ours: u64 length, JSON header, data without holes.</summary>
    private static Dictionary<string, (string Type, long[] Shape, byte[] Data, long FileOffset)> Parse(
        byte[] file, out Dictionary<string, string> texts)
    {
        int headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        using var json = JsonDocument.Parse(file.AsMemory(8, headerLength));
        Assert.Equal((byte)'{', file[8]);
        var tensors = new Dictionary<string, (string, long[], byte[], long)>();
        texts = [];
        long covered = 0;
        foreach (var property in json.RootElement.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                texts = property.Value.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!);
                continue;
            }
            long[] offsets = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt64())];
            Assert.Equal(covered, offsets[0]); // no holes, in order
            covered = offsets[1];
            tensors.Add(property.Name, (
                property.Value.GetProperty("dtype").GetString()!,
                [.. property.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())],
                file[(int)(8 + headerLength + offsets[0])..(int)(8 + headerLength + offsets[1])],
                8 + headerLength + offsets[0]));
        }
        Assert.Equal(file.Length, 8 + headerLength + covered); // and to the end
        return tensors;
    }

    private static byte[] Write(TensorWriter writer)
    {
        var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream.ToArray();
    }

    [Fact]
    public void The_file_is_in_the_safetensors_layout()
    {
        var writer = new TensorWriter();
        writer.AddText("name", "naïve \"quotes\"\n");
        writer.Add<float>("floats", new[] { 1f, -2.5f, float.NaN }, 3, 1);
        writer.Add<double>("doubles", new[] { Math.PI });
        writer.Add<int>("ints", new[] { 1, -1, int.MaxValue, int.MinValue }, 2, 2);
        writer.Add<long>("longs", new[] { long.MinValue, 5 });
        writer.Add<byte>("bytes", new byte[] { 7, 8, 9 });

        var tensors = Parse(Write(writer), out var texts);

        Assert.Equal("naïve \"quotes\"\n", texts["name"]);
        // little-endian IEEE 754: 1 = 3F800000, −2.5 = C0200000, π = 400921FB54442D18
        Assert.Equal(new byte[] { 0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0 }, tensors["floats"].Data[..8]);
        Assert.Equal(new byte[] { 0x18, 0x2D, 0x44, 0x54, 0xFB, 0x21, 0x09, 0x40 }, tensors["doubles"].Data);
        Assert.Equal(new byte[] { 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 127, 0, 0, 0, 128 }, tensors["ints"].Data);
        Assert.Equal(new byte[] { 0, 0, 0, 0, 0, 0, 0, 128, 5, 0, 0, 0, 0, 0, 0, 0 }, tensors["longs"].Data);
        Assert.Equal(new byte[] { 7, 8, 9 }, tensors["bytes"].Data);
        string[] names = ["floats", "doubles", "ints", "longs", "bytes"];
        Assert.Equal(["F32", "F64", "I32", "I64", "U8"], names.Select(name => tensors[name].Type));
        Assert.Equal([3, 1], tensors["floats"].Shape);
        Assert.Equal([2, 2], tensors["ints"].Shape);
        Assert.Equal([3], tensors["bytes"].Shape);
    }

    [Fact]
    public void Every_array_starts_on_a_64_byte_boundary_of_the_file()
    {
        var writer = new TensorWriter();
        foreach (int length in new[] { 1, 0, 63, 64, 65, 0, 128, 7 }) writer.Add<byte>($"a{length}-{Guid.NewGuid()}", new byte[length]);

        var tensors = Parse(Write(writer), out _);

        Assert.Equal(8, tensors.Keys.Count(name => name.StartsWith('a')));
        Assert.All(tensors.Where(t => t.Key.StartsWith('a')), t => Assert.Equal(0, t.Value.FileOffset % 64));
    }

    [Fact]
    public void A_file_without_arrays_is_a_header_alone()
    {
        var writer = new TensorWriter();
        Assert.Empty(Parse(Write(writer), out var texts));
        Assert.Empty(texts);
    }

    [Fact]
    public void A_matrix_is_written_row_after_row()
    {
        var writer = new TensorWriter();
        writer.Add("m", new Matrix(2, 3, new float[] { 0, 1, 2, 3, 4, 5 }));

        var (_, shape, data, _) = Parse(Write(writer), out _)["m"];

        Assert.Equal([2, 3], shape);
        Assert.Equal(3f, BinaryPrimitives.ReadSingleLittleEndian(data.AsSpan(3 * sizeof(float))));
    }

    [Fact]
    public void Equal_contents_give_equal_bytes()
    {
        static byte[] Once(bool textsFirst)
        {
            var writer = new TensorWriter();
            if (textsFirst) writer.AddText("b", "2");
            writer.AddText("a", "1");
            writer.Add<int>("n", new[] { 1, 2, 3 });
            if (!textsFirst) writer.AddText("b", "2");
            return Write(writer);
        }

        Assert.Equal(Once(true), Once(false));
    }

    [Fact]
    public void A_shape_must_hold_the_values()
    {
        var error = Assert.Throws<ArgumentException>(() => new TensorWriter().Add<int>("n", new[] { 1, 2, 3 }, 2, 2));
        Assert.Contains("'n': shape [2, 2] does not hold 3 values", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_is_used_once_and_only_known_types_are_stored()
    {
        var writer = new TensorWriter();
        writer.Add<int>("n", new[] { 1 });
        Assert.Throws<ArgumentException>(() => writer.Add<float>("n", new[] { 1f }));
        Assert.Throws<ArgumentException>(() => writer.Add<short>("s", new short[] { 1 }));
    }
}
