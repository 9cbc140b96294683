using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using Kindred.Tests.Support;
using Xunit.v3;

[assembly: HangGuard]

namespace Kindred.Tests.Support;

/// <summary>Ends the process when a test takes far too long, and says which one: a run that hangs says nothing by itself.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class HangGuardAttribute : BeforeAfterTestAttribute
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private static readonly ConcurrentDictionary<string, Timer> Running = new();

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (Debugger.IsAttached) return;
        Running.TryAdd(test.UniqueID, new(
            _ => Environment.FailFast($"The test {test.TestDisplayName} has not ended after {Longest.TotalMinutes} minutes."),
            null, Longest, Timeout.InfiniteTimeSpan));
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (Running.TryRemove(test.UniqueID, out var timer)) timer.Dispose();
    }
}
