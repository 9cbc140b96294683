using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using CsCheck;
using Kindred.Numerics;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Storage;

public sealed class TensorFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private TensorFile WriteAndOpen(TensorWriter writer)
    {
        string path = _folder.File($"{Guid.NewGuid():n}.safetensors");
        using (var stream = File.Create(path)) writer.WriteTo(stream);
        return TensorFile.Open(path);
    }

    /// <summary>A file with the given header text and that many bytes 0, 1, 2… of data.</summary>
    private string WriteRaw(string header, int dataBytes)
    {
        string path = _folder.File($"{Guid.NewGuid():n}.safetensors");
        byte[] text = Encoding.UTF8.GetBytes(header), file = new byte[8 + text.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)text.Length);
        text.CopyTo(file, 8);
        for (int n = 0; n < dataBytes; n++) file[8 + text.Length + n] = (byte)n;
        File.WriteAllBytes(path, file);
        return path;
    }

    private void RoundTrips<T>(Gen<T[]> arrays) where T : unmanaged => arrays.Sample(
        values =>
        {
            var writer = new TensorWriter();
            writer.Add<byte>("before", new byte[] { 1, 2, 3 });
            writer.Add<T>("values", values);
            using var file = WriteAndOpen(writer);
            return file.Array<T>("values").Span.SequenceEqual(values) && file.Array<byte>("before").Span.SequenceEqual<byte>([1, 2, 3]);
        },
        iter: 50, threads: 1);

    [Fact]
    public void Floats_round_trip() => RoundTrips(Gen.Int.Select(BitConverter.Int32BitsToSingle).Where(f => !float.IsNaN(f)).Array[0, 200]);

    [Fact]
    public void Doubles_round_trip() => RoundTrips(Gen.Double.Where(d => !double.IsNaN(d)).Array[0, 200]);

    [Fact]
    public void Ints_round_trip() => RoundTrips(Gen.Int.Array[0, 200]);

    [Fact]
    public void Longs_round_trip() => RoundTrips(Gen.Long.Array[0, 200]);

    [Fact]
    public void Bytes_round_trip() => RoundTrips(Gen.Byte.Array[0, 200]);

    [Fact]
    public void Arrays_longer_than_a_write_are_whole()
    {
        var values = new int[5_000_001]; // 20 MB, in chunks of 16
        for (int n = 0; n < values.Length; n++) values[n] = n * 31;
        var writer = new TensorWriter();
        writer.Add<int>("values", values);
        using var file = WriteAndOpen(writer);
        Assert.True(file.Array<int>("values").Span.SequenceEqual(values));
    }

    [Fact]
    public void Mapped_arrays_are_aligned_as_memory_of_our_own()
    {
        var writer = new TensorWriter();
        writer.Add<byte>("odd", new byte[13]);
        writer.Add<float>("values", new float[5]);
        using var file = WriteAndOpen(writer);
        ref float first = ref MemoryMarshal.GetReference(file.Array<float>("values").Span);
        Assert.Equal(0, Unsafe.ByteOffset(ref Unsafe.NullRef<float>(), ref first) % AlignedMemory.Alignment);
    }

    [Fact]
    public void Texts_and_matrices_round_trip()
    {
        var writer = new TensorWriter();
        writer.AddText("text", "ü → 2\n");
        writer.Add("matrix", new Matrix(2, 3, new float[] { 0, 1, 2, 3, 4, 5 }));
        using var file = WriteAndOpen(writer);
        Assert.Equal("ü → 2\n", file.Text("text"));
        var matrix = file.Matrix("matrix");
        Assert.Equal((2, 3), (matrix.Rows, matrix.Columns));
        Assert.Equal([3, 4, 5], matrix.Row(1).ToArray());
        Assert.True(file.Contains("matrix"));
        Assert.False(file.Contains("text"));
    }

    [Fact]
    public void Writing_to_a_mapped_array_does_not_reach_the_file()
    {
        var writer = new TensorWriter();
        writer.Add<int>("values", new[] { 1, 2 });
        using var file = WriteAndOpen(writer);
        file.Array<int>("values").Span[0] = 9;
        using var again = TensorFile.Open(file.Path);
        Assert.Equal([1, 2], again.Array<int>("values").ToArray());
    }

    [Fact]
    public void Arrays_of_a_closed_file_are_refused()
    {
        var writer = new TensorWriter();
        writer.Add<int>("values", new[] { 1, 2 });
        var file = WriteAndOpen(writer);
        var values = file.Array<int>("values");
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => values.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => file.Array<int>("values"));
    }

    [Fact]
    public void Files_of_other_writers_are_read_and_types_that_are_not_ours_skipped()
    {
        string path = WriteRaw("""
            {"short":{"dtype":"I16","shape":[2],"data_offsets":[0,4]},"n":{"dtype":"U8","shape":[1,2],"data_offsets":[4,6]}}
            """ + "   ", 6);
        using var file = TensorFile.Open(path);
        Assert.Equal([4, 5], file.Array<byte>("n").ToArray());
        Assert.False(file.Contains("short"));
    }

    [Fact]
    public void What_is_not_there_or_of_another_type_is_named()
    {
        var writer = new TensorWriter();
        writer.Add<int>("ints", new[] { 1, 2 });
        writer.Add<float>("floats", new[] { 1f, 2f });
        using var file = WriteAndOpen(writer);
        void Refuses(Func<object> access, string reason) =>
            Assert.Contains(reason, Assert.Throws<InputException>(access).Message, StringComparison.Ordinal);

        Refuses(() => file.Array<int>("other"), "no array 'other'");
        Refuses(() => file.Array<float>("ints"), "'ints' is I32 instead of F32");
        Refuses(() => file.Matrix("floats"), "1 dimensions instead of 2");
        Refuses(() => file.Text("ints"), "no text 'ints'");
    }

    [Theory]
    [InlineData("not json", "cannot be read")]
    [InlineData("[]", "cannot be read")]
    [InlineData("""{"a":1}""", "cannot be read")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4]}}""", "cannot be read")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0]}}""", "cannot be read")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4.5],"data_offsets":[0,4]}}""", "cannot be read")]
    [InlineData("""{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[],"data_offsets":[1,2]}}""",
        "cannot be read")]
    [InlineData("""{"__metadata__":{"a":1}}""", "cannot be read")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[-1,3]}}""", "'a' lies outside the file")]
    [InlineData("""{"a":{"dtype":"U8","shape":[5],"data_offsets":[4,9]}}""", "'a' lies outside the file")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[4,2]}}""", "'a' lies outside the file")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-2,-2],"data_offsets":[0,4]}}""", "negative dimension")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "has 4 bytes, its shape needs 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}""", "cannot be read")]
    public void Broken_headers_are_refused(string header, string reason)
    {
        var error = Assert.Throws<InputException>(() => TensorFile.Open(WriteRaw(header, 8)));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_matrix_of_too_many_rows_is_refused()
    {
        using var file = TensorFile.Open(WriteRaw("""{"a":{"dtype":"F32","shape":[9999999999,0],"data_offsets":[0,0]}}""", 0));
        Assert.Throws<InputException>(() => file.Matrix("a"));
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(1ul)]
    [InlineData(1000ul)]
    [InlineData(1ul << 40)]
    [InlineData(ulong.MaxValue)]
    public void A_header_length_that_does_not_fit_is_refused(ulong length)
    {
        var file = new byte[64];
        BinaryPrimitives.WriteUInt64LittleEndian(file, length);
        File.WriteAllBytes(_folder.File("f"), file);
        Assert.Throws<InputException>(() => TensorFile.Open(_folder.File("f")));
    }

    [Fact]
    public void Missing_empty_and_tiny_files_are_refused()
    {
        Assert.Throws<InputException>(() => TensorFile.Open(_folder.File("none")));
        foreach (int bytes in new[] { 0, 1, 8, 9 })
        {
            File.WriteAllBytes(_folder.File("f"), new byte[bytes]);
            Assert.Throws<InputException>(() => TensorFile.Open(_folder.File("f")));
        }
    }

    /// <summary>Any damage is refused, or leaves arrays that lie inside the file: every byte of them can be read.</summary>
    [Fact]
    public void Flipped_and_missing_bytes_never_read_outside_the_file()
    {
        var writer = new TensorWriter();
        writer.AddText("text", "value");
        writer.Add<int>("ints", new[] { 1, 2, 3, 4, 5, 6 }, 2, 3);
        writer.Add<float>("floats", new[] { 1f, 2f }, 2, 1);
        writer.Add<byte>("none", Array.Empty<byte>());
        var stream = new MemoryStream();
        writer.WriteTo(stream);
        byte[] whole = stream.ToArray();
        string path = _folder.File("damaged");

        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Array[1, 4].Select(Gen.Int[0, whole.Length], Gen.Bool).Sample(
            damage =>
            {
                var (flips, length, truncate) = damage;
                byte[] bytes = [.. whole];
                foreach (var (position, value) in flips) bytes[position] = value;
                File.WriteAllBytes(path, truncate ? bytes[..length] : bytes);
                try
                {
                    using var file = TensorFile.Open(path);
                    long sum = 0;
                    foreach (string name in new[] { "ints", "floats", "none" }) sum += SumOfBytes(file, name);
                    if (file.Contains("floats")) file.Matrix("floats").Row(0).ToArray();
                    Assert.True(sum >= 0);
                }
                catch (InputException) { } // refused
            },
            iter: 3000, threads: 1);

        static long SumOfBytes(TensorFile file, string name)
        {
            if (!file.Contains(name)) return 0;
            ReadOnlySpan<byte> bytes = name switch
            {
                "ints" => MemoryMarshal.AsBytes(file.Array<int>(name).Span),
                "floats" => MemoryMarshal.AsBytes(file.Array<float>(name).Span),
                _ => file.Array<byte>(name).Span,
            };
            Assert.True(bytes.Length <= file.Bytes);
            long sum = 0;
            foreach (byte b in bytes) sum += b;
            return sum;
        }
    }
}
