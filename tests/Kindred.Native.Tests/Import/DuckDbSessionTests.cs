using Kindred.Import;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Native.Tests.Import;

public sealed class DuckDbSessionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Chunks_hand_out_numbers_nulls_and_texts_of_any_length()
    {
        using var engine = new DuckDbSession(DraftFolder.Create(_folder.File("x")), ImportSandbox.Cancellation);
        var seen = new List<string>();
        long sum = 0;
        engine.ForEachChunk("SELECT range, CASE WHEN range % 2 = 0 THEN repeat('é', (range % 20)::INTEGER) END FROM range(5000)", chunk =>
        {
            foreach (long n in chunk.Column<long>(0)) sum += n;
            for (int row = 0; row < chunk.Count; row++) seen.Add(chunk.Text(1, row) ?? "null");
        });
        Assert.Equal(5000L * 4999 / 2, sum);
        Assert.Equal(Enumerable.Range(0, 5000).Select(n => n % 2 == 0 ? new string('é', n % 20) : "null"), seen);
    }

    [Theory]
    [InlineData("SELECT nothing")]
    [InlineData("SELECT CAST(CASE WHEN range < 100000 THEN '1' ELSE 'x' END AS INTEGER) FROM range(200000)")]
    public void Failures_carry_the_reason_even_in_the_middle_of_a_result(string sql)
    {
        using var engine = new DuckDbSession(DraftFolder.Create(_folder.File("x")), ImportSandbox.Cancellation);
        Assert.NotEmpty(Assert.Throws<EngineException>(() => engine.ForEachChunk(sql, _ => { })).FirstLine);
        Assert.Throws<EngineException>(() => engine.Execute(sql));
        Assert.Equal(7, engine.Count("SELECT 7"));
    }

    [Fact]
    public void Cancelling_interrupts_a_running_statement()
    {
        using var source = new CancellationTokenSource();
        using var engine = new DuckDbSession(DraftFolder.Create(_folder.File("x")), source.Token);
        source.CancelAfter(TimeSpan.FromMilliseconds(200)); // not before the engine is there, however long that takes
        // Takes hours if it is not interrupted.
        Assert.ThrowsAny<OperationCanceledException>(() =>
            engine.Execute("SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) = 7"));
    }

    [Fact]
    public void What_it_spilled_is_gone_with_it()
    {
        using (var engine = new DuckDbSession(DraftFolder.Create(_folder.File("x")), ImportSandbox.Cancellation))
            File.WriteAllText(engine.NewFile(), "text");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }
}
