using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Kindred.Server;

/// <summary>
/// Sends an answer of ordinary size in one write, with its length. A server that is killed then has sent all of it or nothing, and a proxy
/// can ask another server.
/// </summary>
internal sealed class WholeAnswers(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var direct = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        await using var held = new HeldAnswer(context.Response, direct);
        context.Features.Set<IHttpResponseBodyFeature>(held);
        try
        {
            await next(context);
            await held.SendAsync();
        }
        finally
        {
            context.Features.Set(direct);
        }
    }
}

/// <summary>
/// The body of an answer, which is held back until it is whole. One that is longer than <see cref="Longest"/>, or that turned
/// buffering off, as streams do, is sent as it is written.
/// </summary>
internal sealed class HeldAnswer(HttpResponse response, IHttpResponseBodyFeature direct) : Stream, IHttpResponseBodyFeature
{
    /// <summary>Bytes that the system's send buffer takes in one call; what it has taken is sent even if this process is killed.</summary>
    public const int Longest = 64 << 10;

    private ArrayBufferWriter<byte>? _held = new(); // null: sent as it is written
    private PipeWriter? _writer;
    private bool _isStream;

    Stream IHttpResponseBodyFeature.Stream => this;

    public PipeWriter Writer => _writer ??= PipeWriter.Create(this, new(leaveOpen: true));

    public void DisableBuffering()
    {
        _isStream = true;
        direct.DisableBuffering();
    }

    /// <summary>Headers wait for the body.</summary>
    public Task StartAsync(CancellationToken cancellationToken = default) =>
        _isStream || _held is null ? direct.StartAsync(cancellationToken) : Task.CompletedTask;

    public async Task CompleteAsync()
    {
        await SendAsync();
        await direct.CompleteAsync();
    }

    public async Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default)
    {
        await PassAsync(cancellationToken);
        await direct.SendFileAsync(path, offset, count, cancellationToken);
    }

    /// <summary>Sends what is held, which is all of the answer.</summary>
    public async Task SendAsync()
    {
        if (_writer is not null) await _writer.CompleteAsync(); // what it has not flushed comes here
        if (_held is { WrittenCount: > 0 } held) response.ContentLength ??= held.WrittenCount;
        await PassAsync(response.HttpContext.RequestAborted);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Hold(buffer.Span)) return;
        await PassAsync(cancellationToken);
        await direct.Stream.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count)
    {
        if (!Hold(buffer.AsSpan(offset, count)))
            throw new NotSupportedException($"Answers of more than {Longest} bytes are written asynchronously.");
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_isStream) await PassAsync(cancellationToken);
        if (_held is null) await direct.Stream.FlushAsync(cancellationToken);
    }

    public override void Flush()
    {
    }

    /// <summary>An answer that is held can be taken back, as <see cref="ResponseExtensions.Clear"/> does.</summary>
    public override bool CanSeek => _held is not null;

    public override void SetLength(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(value, 0);
        _held!.Clear();
        _writer = null; // with what it has not flushed
    }

    public override bool CanRead => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    private bool Hold(ReadOnlySpan<byte> bytes)
    {
        if (_isStream || _held is null || _held.WrittenCount + bytes.Length > Longest) return false;
        _held.Write(bytes);
        return true;
    }

    private async Task PassAsync(CancellationToken cancellation)
    {
        if (_held is not { } held) return;
        _held = null;
        if (held.WrittenCount > 0) await direct.Stream.WriteAsync(held.WrittenMemory, cancellation);
    }
}
