using System.Text;
using CsCheck;
using Kindred.Import;

namespace Kindred.Native.Tests.Import;

public sealed class TextScanTests
{
    [Theory]
    [InlineData("a,b\nc,d\n", 2, true)]
    [InlineData("a,b\r\nc,d", 2, true)]
    [InlineData("é", 1, true)]
    [InlineData("a\n\nb\n", 3, false)]
    [InlineData("\na\n", 2, false)]
    [InlineData("a\r\n\r\nb\r\n", 3, false)]
    [InlineData("a\r\nb\n", 2, false)]
    [InlineData("a\rb\n", 1, false)]
    [InlineData("a,\"b\"\n", 1, false)]
    [InlineData("a\u001eb\n", 1, false)]
    public void Clean_means_nothing_quoted_blank_uneven_or_odd(string text, long lines, bool clean)
    {
        var survey = TextScan.Of(new MemoryStream(Encoding.UTF8.GetBytes(text)), CancellationToken.None);
        Assert.Equal((lines, clean), (survey.Lines, survey.IsClean));
    }

    [Fact]
    public void Zero_bytes_are_seen() => Assert.True(TextScan.Of(new MemoryStream([65, 0, 66]), CancellationToken.None).HasNul);

    /// <summary>However the stream is cut into reads, the answer is that of the whole text.</summary>
    [Fact]
    public void Characters_cut_by_a_read_are_still_valid()
    {
        var bytes = Gen.OneOf(Gen.Const("a"), Gen.Const("é"), Gen.Const("日"), Gen.Const("𝄞"), Gen.Const("\n"), Gen.Const("\r\n"),
            Gen.Const("\xFF")).Array[1, 30]
            .Select(parts => parts.SelectMany(p => p == "\xFF" ? [0xFF] : Encoding.UTF8.GetBytes(p)).ToArray());
        Gen.Select(bytes, Gen.Int[1, 5]).Sample((text, step) =>
        {
            var survey = TextScan.Of(new Dripping(text, step), CancellationToken.None);
            string[] lines = Encoding.Latin1.GetString(text).Split('\n');
            Assert.Equal(System.Text.Unicode.Utf8.IsValid(text), survey.IsUtf8);
            Assert.Equal(lines.Length - (lines[^1].Length == 0 ? 1 : 0), survey.Lines);
            Assert.Equal(text.Length, survey.Bytes);
            var ended = lines[..^1];
            bool blank = ended.Any(l => l.TrimEnd('\r').Length == 0) || lines[^1] == "\r";
            bool even = ended.All(l => l.EndsWith('\r')) || !ended.Any(l => l.EndsWith('\r'));
            Assert.Equal(!blank && even && !lines[^1].EndsWith('\r'), survey.IsEven);
        });
    }

    private sealed class Dripping(byte[] bytes, int step) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(step, buffer.Length)]);
    }
}
