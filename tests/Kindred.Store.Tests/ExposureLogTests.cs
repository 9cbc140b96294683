using System.Text;
using Kindred.Store.Exposures;
using Kindred.Store.Sqlite;

namespace Kindred.Store.Tests;

public sealed class ExposureLogTests : IDisposable
{
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    private readonly string _folder = Directory.CreateTempSubdirectory("kindred-exposures-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Exposure To(string? user, int request, params string[] items) => new(
        $"r{request}", Start.AddSeconds(request), [.. items.Select((item, n) => new ExposedItem(item, n, "als", 1f / (n + 1), 0.5))])
    {
        UserId = user,
        SessionId = "s" + user,
        Scenario = "home",
        Snapshot = "1",
        SettingsVersion = 7,
    };

    private string[] Segments => ExposureSegment.List(_folder);

    private static List<string> Requests(string segment) =>
        [.. ExposureSegment.Blocks(segment).SelectMany(block => ExposureBlock.Decode(block).Exposures).Select(e => e.RequestId)];

    private static List<string> Requests(ExposureLog log) =>
        [.. log.Read(DateTimeOffset.MinValue, DateTimeOffset.MaxValue).Select(exposure => exposure.RequestId)];

    private async Task FillAsync(int count, ExposureLogOptions? options = null)
    {
        await using var log = ExposureLog.Open(_folder, options);
        for (int n = 0; n < count; n++)
        {
            Assert.True(log.TryAppend(To($"user{n % 10}", n, $"item{n % 7}", $"other{n % 5}")));
            if (n % 10 == 9) await log.FlushAsync(Token);
        }
    }

    /// <summary>RFC 3720, B.4.</summary>
    [Fact]
    public void The_checksum_is_that_of_the_standard()
    {
        Assert.Equal(0x8a9136aau, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x46dd794eu, Crc32C.Compute([.. Enumerable.Range(0, 32).Select(n => (byte)n)]));
        Assert.Equal(0xe3069283u, Crc32C.Compute("123456789"u8));
    }

    [Fact]
    public async Task Exposures_and_marks_are_read_as_they_were_written()
    {
        var exposure = To("ann", 1, "tea", "té");
        var anonymous = new Exposure("r2", Start.AddDays(-9), []) { SessionId = "s9" };
        await using (var log = ExposureLog.Open(_folder))
        {
            log.TryAppend(exposure);
            log.TryMark(new("r1", Start.AddSeconds(2), [0, 1]));
            log.TryAppend(anonymous);
        }
        await using var again = ExposureLog.Open(_folder);
        var read = again.Read(DateTimeOffset.MinValue, DateTimeOffset.MaxValue).ToList();
        Assert.Equal(2, read.Count);
        Assert.Equal(exposure.Items, read[0].Items);
        Assert.Equal(exposure with { Items = [] }, read[0] with { Items = [] });
        Assert.Equal(("s9", null, anonymous.Time), (read[1].SessionId, read[1].UserId, read[1].Time));
        Assert.Empty(read[1].Items);
        var mark = Assert.Single(again.ReadMarks(Start, Start.AddDays(1)));
        Assert.Equal(("r1", Start.AddSeconds(2)), (mark.RequestId, mark.Time));
        Assert.Equal([0, 1], mark.Positions);
        Assert.Empty(again.Read(Start.AddSeconds(2), DateTimeOffset.MaxValue));
        Assert.Equal(["r1"], again.Read(Start.AddSeconds(1), Start.AddSeconds(2)).Select(e => e.RequestId));
    }

    [Fact]
    public async Task Arms_latency_contracts_and_whose_item_it_was_are_read_as_they_were_written()
    {
        Exposure[] written =
        [
            To("ann", 1, "tea"),
            To("bob", 2, "tea", "cake") with { Arms = [new("ranker", "new", true), new("price", "control", false)], Latency = 12.5f },
            new("r3", Start, [new("tea", 0, "als", 1, 1, "new"), new("cake", 1, "als", 1), new("jam", 2, "als", 1, 1, "control")])
            {
                Arms = [new("order", "interleaved", true)],
            },
            To("cid", 4) with { Latency = 3 },
            To("dan", 5, "tea", "cake") with { Contract = new(1, .125) },
        ];
        await using (var log = ExposureLog.Open(_folder))
            foreach (var exposure in written) log.TryAppend(exposure);
        await using var again = ExposureLog.Open(_folder);
        var read = again.Read(DateTimeOffset.MinValue, DateTimeOffset.MaxValue).ToArray();
        Assert.Equal(written.Length, read.Length);
        for (int n = 0; n < written.Length; n++)
        {
            Assert.Equal(written[n].Items, read[n].Items);
            Assert.Equal(written[n].Arms, read[n].Arms);
            Assert.Equal(written[n].Latency, read[n].Latency);
            Assert.Equal(written[n].Contract, read[n].Contract);
            Assert.Equal(written[n].UserId, read[n].UserId);
        }
    }

    [Fact]
    public void A_block_of_another_version_is_read_without_what_the_version_does_not_know()
    {
        var block = new ExposureBlock();
        block.Exposures.Add(To("ann", 1, "tea"));
        byte[] older = block.Encode(); // without arms there is no section: it is the format of older versions
        block.Exposures[0] = block.Exposures[0] with { Arms = [new("ranker", "new", true)] };
        byte[] present = block.Encode();
        Assert.Empty(ExposureBlock.Decode(older).Exposures[0].Arms);
        byte[] newer = [.. present, 99, 3, 1, 2, 3]; // a kind of section that nobody knows yet
        Assert.Equal([new("ranker", "new", true)], ExposureBlock.Decode(newer).Exposures[0].Arms);
    }

    [Fact]
    public async Task Forgetting_an_item_keeps_the_arms_of_the_others()
    {
        await using var log = ExposureLog.Open(_folder);
        log.TryAppend(new("r1", Start, [new("tea", 0, "als", 1, 1, "new"), new("jam", 1, "als", 1, 1, "control")])
        {
            UserId = "ann",
            Arms = [new("order", "interleaved", true)],
        });
        await log.ForgetAsync(SubjectKind.Item, "tea", Token);
        var read = Assert.Single(log.Read(DateTimeOffset.MinValue, DateTimeOffset.MaxValue));
        Assert.Equal([new("jam", 1, "als", 1, 1, "control")], read.Items);
        Assert.Equal([new("order", "interleaved", true)], read.Arms);
    }

    [Fact]
    public async Task What_a_killed_writer_left_unfinished_is_cut_off_wherever_it_was_killed()
    {
        await FillAsync(30);
        string path = Assert.Single(Segments);
        byte[] whole = await File.ReadAllBytesAsync(path, Token);
        long[] ends = [.. ExposureSegment.Frames(path).Select(frame => frame.End)];
        Assert.Equal(4, ends.Length);
        for (int length = 0; length < whole.Length; length += length < 20 || ends.Any(end => Math.Abs(end - length) < 10) ? 1 : 13)
        {
            await File.WriteAllBytesAsync(path, whole[..length], Token);
            await using var log = ExposureLog.Open(_folder);
            int blocks = Math.Max(0, ends.Count(end => end <= length) - 1);
            Assert.Equal(10 * blocks, Requests(log).Count);
            log.TryAppend(To("late", 99, "tea"));
            await log.FlushAsync(Token);
            Assert.Equal(10 * blocks + 1, Requests(log).Count);
        }
    }

    [Fact]
    public async Task A_flipped_bit_ends_the_segment_where_it_is_and_never_gives_a_wrong_exposure()
    {
        await FillAsync(30);
        string path = Assert.Single(Segments);
        byte[] whole = await File.ReadAllBytesAsync(path, Token);
        var expected = Requests(path);
        var random = new Random(3);
        for (int n = 0; n < 200; n++)
        {
            byte[] damaged = [.. whole];
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(path, damaged, Token);
            var read = Requests(path);
            Assert.Equal(expected.Take(read.Count), read);
            Assert.True(read.Count < expected.Count);
        }
    }

    [Fact]
    public async Task A_log_is_cut_into_segments_and_read_across_them()
    {
        await FillAsync(100, new() { SegmentBytes = 1 });
        Assert.Equal(10, Segments.Length);
        await using var log = ExposureLog.Open(_folder);
        Assert.Equal(Enumerable.Range(0, 100).Select(n => $"r{n}"), Requests(log));
    }

    [Fact]
    public async Task Segments_older_than_the_retention_are_removed()
    {
        var clock = new ManualClock { Now = Start };
        var options = new ExposureLogOptions { Clock = clock, Retention = TimeSpan.FromDays(3), SegmentTime = TimeSpan.FromDays(1) };
        await using var log = ExposureLog.Open(_folder, options);
        for (int day = 0; day < 10; day++)
        {
            clock.Now = Start.AddDays(day);
            log.TryAppend(To("ann", day, "tea"));
            await log.FlushAsync(Token);
        }
        Assert.Equal(["r5", "r6", "r7", "r8", "r9"], Requests(log));
    }

    [Fact]
    public async Task A_full_queue_drops_and_counts_and_never_waits()
    {
        await using var log = ExposureLog.Open(_folder, new() { QueueLength = 10, BlockTime = TimeSpan.FromSeconds(30) });
        int taken = Enumerable.Range(0, 100).Count(n => log.TryAppend(To("ann", n, "tea")));
        Assert.InRange(taken, 10, 99);
        Assert.Equal(100 - taken, log.Dropped);
        await log.FlushAsync(Token);
        Assert.Equal(taken, Requests(log).Count);
    }

    [Fact]
    public async Task A_disk_that_refuses_is_a_sentence_and_the_log_continues_when_it_works_again()
    {
        await using var log = ExposureLog.Open(_folder, new() { SegmentBytes = 1 });
        log.TryAppend(To("ann", 1, "tea"));
        await log.FlushAsync(Token);
        Directory.Move(_folder, _folder + "-away"); // the next segment cannot be made
        log.TryAppend(To("ann", 2, "tea"));
        await log.FlushAsync(Token);
        Assert.Equal(1, log.Dropped);
        Assert.Contains("cannot be written", log.Fault);
        Directory.Move(_folder + "-away", _folder);
        log.TryAppend(To("ann", 3, "tea"));
        await log.FlushAsync(Token);
        Assert.Null(log.Fault);
        Assert.Equal(["r1", "r3"], Requests(log));
    }

    [Fact]
    public async Task Files_and_folders_that_others_touch_do_not_end_the_writer()
    {
        await using var log = ExposureLog.Open(_folder);
        log.TryAppend(To("ann", 1, "tea"));
        await log.FlushAsync(Token);
        await File.WriteAllTextAsync(Path.Combine(_folder, "copy.exposures"), "not ours", Token);
        await log.ForgetAsync(SubjectKind.User, "eve", Token); // closes the segment: the next one is named after the last
        log.TryAppend(To("ann", 2, "tea"));
        await log.FlushAsync(Token);
        Assert.Equal(["r1", "r2"], Requests(log));

        Directory.Move(_folder, _folder + "-away");
        log.TryAppend(To("ann", 3, "tea")); // into a file that has no name any more, if it were not looked for
        await log.FlushAsync(Token);
        Assert.Contains("cannot be written", log.Fault);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => log.ForgetAsync(SubjectKind.User, "eve", Token));
        Directory.Move(_folder + "-away", _folder);
        log.TryAppend(To("ann", 4, "tea"));
        await log.FlushAsync(Token);
        Assert.Null(log.Fault);
        Assert.Equal(["r1", "r2", "r4"], Requests(log));
    }

    [Fact]
    public async Task A_request_of_no_time_there_is_finds_nothing()
    {
        await using var log = ExposureLog.Open(_folder);
        const string Request = "ffffffff-ffff-7fff-bfff-ffffffffffff";
        var asked = new StoredEvent(1, "1", "view", "ann", null, "tea", null, Start, Start, Request, null, null);
        Assert.Equal(AttributionRule.None, Assert.Single(log.Attribute([asked], TimeSpan.FromDays(1))).Rule);
    }

    [Fact]
    public async Task A_forgotten_user_is_in_no_segment()
    {
        const string Id = "zq-forget-me-zq";
        await FillAsync(100, new() { SegmentBytes = 1 });
        await using var log = ExposureLog.Open(_folder, new() { SegmentBytes = 1 });
        log.TryAppend(To(Id, 200, "tea"));
        log.TryAppend(To("ann", 201, Id, "tea"));
        log.TryAppend(new("r202", Start.AddSeconds(202), [new("jam", 0, "als", 1)]) { SessionId = Id });
        await log.FlushAsync(Token);
        log.TryMark(new("r200", Start, [0]));
        log.TryMark(new("r201", Start, [0]));
        Assert.Equal(new("exposures", 2, 0), await log.ForgetAsync(SubjectKind.User, Id, Token));
        Assert.Equal([.. Enumerable.Range(0, 100).Select(n => $"r{n}"), "r201"], Requests(log));
        Assert.Equal(["r201"], log.ReadMarks(DateTimeOffset.MinValue, DateTimeOffset.MaxValue).Select(mark => mark.RequestId));

        Assert.Equal(new("exposures", 1, 0), await log.ForgetAsync(SubjectKind.Item, Id, Token));
        var item = Assert.Single(log.Read(Start.AddSeconds(201), DateTimeOffset.MaxValue)).Items.Single();
        Assert.Equal(("tea", 1), (item.ItemId, item.Position));
        Assert.Equal(new("exposures", 0, 0), await log.ForgetAsync(SubjectKind.User, "unknown", Token));
        byte[] bytes = Encoding.UTF8.GetBytes(Id);
        Assert.DoesNotContain(Segments.SelectMany(ExposureSegment.Blocks), block => block.AsSpan().IndexOf(bytes) >= 0);
        Assert.DoesNotContain(Directory.GetFiles(_folder), file => File.ReadAllBytes(file).AsSpan().IndexOf(bytes) >= 0);
        log.TryAppend(To("ann", 300, "tea"));
        await log.FlushAsync(Token);
        Assert.Equal("r300", Requests(log)[^1]);
    }

    [Fact]
    public async Task Forgetting_while_answers_are_logged_loses_none()
    {
        await using var log = ExposureLog.Open(_folder, new() { SegmentBytes = 2_000, BlockTime = TimeSpan.FromMilliseconds(1) });
        var writer = Task.Run(async () =>
        {
            for (int n = 0; n < 2_000; n++)
            {
                Assert.True(log.TryAppend(To($"user{n % 2}", n, "tea")));
                if (n % 50 == 0) await log.FlushAsync(Token);
            }
        }, Token);
        while (!writer.IsCompleted) await log.ForgetAsync(SubjectKind.User, "user0", Token);
        await writer;
        await log.ForgetAsync(SubjectKind.User, "user0", Token);
        Assert.Equal(Enumerable.Range(0, 1_000).Select(n => $"r{2 * n + 1}"), Requests(log));
    }

    [Fact]
    public async Task An_event_is_attributed_to_its_request_or_to_the_last_exposure_within_the_window()
    {
        await using var log = ExposureLog.Open(_folder, new() { SegmentBytes = 1 });
        Exposure[] exposures =
            [
                To("ann", 0, "tea", "jam"), To("ann", 100, "tea", "salt"), To("bob", 150, "tea"), To("ann", 200, "jam", "tea"),
                To(null, 300, "pepper") with { SessionId = "sann" },
            ];
        foreach (var exposure in exposures)
        {
            log.TryAppend(exposure);
            await log.FlushAsync(Token);
        }
        log.TryMark(new("r100", Start.AddSeconds(101), [0]));
        await log.FlushAsync(Token);

        StoredEvent Click(string user, string item, double second, string? request = null) => new(
            1, "1", "click", user, "s" + user, item, null, Start.AddSeconds(second), Start.AddSeconds(second), request, null, null);
        StoredEvent[] events =
            [
                Click("ann", "tea", 150), // the last before it
                Click("ann", "tea", 150, "r0"), // says which
                Click("ann", "tea", 150, "r9"), // says one that is not there
                Click("ann", "salt", 250, "r200"), // says one without the item
                Click("ann", "jam", 150), // too long ago
                Click("bob", "jam", 160), // not shown to bob
                Click("bob", "tea", 149), // shown later
                Click("ann", "pepper", 301), // shown before they signed in
                Click("ann", "jam", 99_999, "r0"), // the request counts, however long ago
            ];
        var found = log.Attribute(events, TimeSpan.FromSeconds(149));
        Assert.Equal(
            [
                (AttributionRule.Window, "r100", 0, true),
                (AttributionRule.Direct, "r0", 0, null),
                (AttributionRule.Window, "r100", 0, true),
                (AttributionRule.None, null, null, null),
                (AttributionRule.None, null, null, null),
                (AttributionRule.None, null, null, null),
                (AttributionRule.None, null, null, null),
                (AttributionRule.Window, "r300", 0, null),
                (AttributionRule.Direct, "r0", 1, null),
            ],
            found.Select(a => (a.Rule, a.Exposure?.RequestId, a.Item?.Position, a.Shown)));
        Assert.False(log.Attribute([Click("ann", "salt", 120)], TimeSpan.FromDays(1))[0].Shown);
        Assert.Empty(log.Attribute([], TimeSpan.FromDays(1)));
    }

    private sealed class ManualClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
